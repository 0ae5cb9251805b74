"""What a run sent, as cURL commands that can be pasted into a shell: secrets stand as variables, never as values."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from synthmon.engine.address import address
from synthmon.engine.route import DIRECT, ROUTE, Route, bracketed, host_of, port_of
from synthmon.engine.shell import names_in, word
from synthmon.model.secret import Scrubber, Secret
from synthmon.nouns import dataclass

if TYPE_CHECKING:
    import httpx

_WRITTEN_BY_CURL = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_BREAK = " \\\n  "
_FORMS: Mapping[str, Callable[[str], str]] = {
    "AS_URL": lambda value: quote(value, safe=""),
    "AS_FORM": quote_plus,
    "AS_JSON": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "AS_ASCII_JSON": lambda value: json.dumps(value)[1:-1],
    "AS_BASE64": lambda value: base64.b64encode(value.encode("utf-8", "surrogatepass")).decode("ascii"),
}
"""How a value travels where it cannot stand as it is; a variable of its own holds it in that form."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went onto the wire, its step and its way. It holds secrets: nobody but `commands` sees it."""

    step: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content: bytes
    route: Route = DIRECT

    @staticmethod
    def of(step: str, request: httpx.Request) -> Sent:
        headers = tuple(
            (name.decode("ascii", "replace"), value.decode("utf-8", "replace")) for name, value in request.headers.raw
        )
        route = request.extensions.get(ROUTE, DIRECT)
        return Sent(step, request.method, str(request.url), headers, request.read(), route)


@dataclass(frozen=True, slots=True)
class Command:
    """One request as a shell reads it. `needs` are the variables in it, each with what it has to hold."""

    step: str
    text: str
    needs: tuple[tuple[str, str], ...] = ()


def commands(sent: Iterable[Sent], secrets: Iterable[Secret], plain: Mapping[str, str]) -> tuple[Command, ...]:
    """A command for each request. `plain` are the values of declared secrets by name: what else has the name of one
    was computed from it."""
    known = tuple(secrets)
    variables = _Variables(known, plain)
    return tuple(_command(one, variables, Scrubber(known)) for one in sent)


class _Variables:
    """The variables of a run by the values they stand for, in each form in which a value may travel."""

    def __init__(self, secrets: Iterable[Secret], plain: Mapping[str, str]) -> None:
        self.by_value: dict[str, str] = {}
        self._holds: dict[str, str] = {}
        originals, taken = dict(plain), dict[str, int]()
        for secret in secrets:
            value, base = secret.reveal(), _variable(secret.name)
            if not value or value in self.by_value or _is_credential(value, originals.values()):
                continue
            if originals.setdefault(secret.name, value) != value:
                taken[base] = taken.get(base, 0) + 1
                base = f"{base}_COMPUTED_{taken[base]}"
                self._add(base, value, f"what the probe computes from {secret.name}")
            else:
                self._add(base, value, _what(secret.name))
            for form, written in _FORMS.items():
                self._add(f"{base}_{form}", written(value), f"the same as {base}, {_FORM_WORDS[form]}")

    def _add(self, name: str, value: str, what: str) -> None:
        if self.by_value.setdefault(value, name) == name:
            self._holds.setdefault(name, what)

    def needs(self, texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
        names = dict.fromkeys(name for text in texts for name in names_in(text, self.by_value))
        return tuple((name, self._holds[name]) for name in names)


def _is_credential(value: str, plain: Iterable[str]) -> bool:
    """Whether it is a scheme and a value that has a variable of its own: `Bearer ` and a token."""
    scheme, _, rest = value.partition(" ")
    return scheme in _SCHEMES and rest in plain


_SCHEMES = frozenset({"ApiKey", "Bearer", "Token"})
_FORM_WORDS = {
    "AS_URL": "percent-encoded",
    "AS_FORM": "encoded for a form",
    "AS_JSON": "escaped as within a JSON text",
    "AS_ASCII_JSON": "escaped as within a JSON text, in ASCII",
    "AS_BASE64": "in base64",
}


def _variable(name: str) -> str:
    """`SYNTHMON_SECRET_SHOP_PASSWORD` for `secrets.shop_password`, `SYNTHMON_CAPTURE_TOKEN` for `captures.token`."""
    root, _, rest = name.partition(".")
    kind = {"secrets": "SECRET", "captures": "CAPTURE", "cookies": "COOKIE"}.get(root, root.upper())
    return re.sub(r"\W", "_", f"SYNTHMON_{kind}_{rest.upper()}", flags=re.ASCII)


def _what(name: str) -> str:
    root, _, rest = name.partition(".")
    words = {"secrets": "the secret", "captures": "what was captured as", "cookies": "the value of the cookie"}
    return f"{words.get(root, root)} {rest}"


# One request


def _command(sent: Sent, variables: _Variables, scrubber: Scrubber) -> Command:
    said = [*_arguments(sent)]
    words = [text if option else _safe(text, variables, scrubber) for text, option in said]
    before, body = _body(sent, variables, scrubber)
    lines, line = [f"{before}curl"], ""
    for text, (_, option) in zip(words, said, strict=True):
        if option and line:
            lines.append(line)
            line = ""
        line = f"{line} {text}".strip()
    lines += [part for part in (line, body) if part]
    texts = [text for text, option in said if not option]
    if body:
        texts.append(sent.content.decode("utf-8", "replace"))
    files = tuple(
        (name, f"a file for {option}, in PEM") for option, name in _FILES.items() if f"${name}" in "".join(words)
    )
    return Command(sent.step, _BREAK.join(lines), (*variables.needs(texts), *files))


def _arguments(sent: Sent) -> Iterator[tuple[str, bool]]:
    """Words of the command, each with whether it is one of cURL's options."""
    if sent.method == "HEAD":
        yield "--head", True
    elif sent.method != "GET" or sent.content:
        yield "--request", True
        yield sent.method, False
    yield "--url", True
    yield sent.url, False
    if any(sign in sent.url for sign in "[]{}"):
        yield "--globoff", True
    if "/." in sent.url:
        yield "--path-as-is", True
    yield from _way(sent)
    for name, value in sent.headers:
        if name.lower() in _WRITTEN_BY_CURL:
            continue
        pair = _basic(value) if name.lower() == "authorization" else None
        yield ("--user", True) if pair is not None else ("--header", True)
        yield (pair, False) if pair is not None else (f"{name}: {value}" if value else f"{name};", False)


def _way(sent: Sent) -> Iterator[tuple[str, bool]]:
    """How the target was reached, as far as cURL can be told so in words. Certificates are files there."""
    tls, network, proxy = sent.route.tls, sent.route.network, sent.route.proxy
    if tls.unverified:
        yield "--insecure", True
    if tls.min_version:
        yield f"--tlsv{tls.min_version}", True
    for option, held in (("--cacert", tls.authorities), ("--cert", tls.certificate), ("--key", tls.key)):
        if held:
            yield f'{option} "${_FILES[option]}"', True
    if network.ip_version:
        yield f"--ipv{network.ip_version}", True
    url = address(sent.url)
    if addresses := sent.route.addresses_of(host_of(url)):  # of several options for a host, only the last would count
        yield "--resolve", True
        yield f"{host_of(url)}:{port_of(url)}:{','.join(map(bracketed, addresses))}", False
    if proxy is not None:
        yield "--proxy", True
        yield proxy.label, False
        if proxy.username is not None or proxy.password is not None:
            yield "--proxy-user", True
            yield f"{proxy.username or ''}:{proxy.password or ''}", False


_FILES = {"--cacert": "SYNTHMON_CA_FILE", "--cert": "SYNTHMON_CERTIFICATE_FILE", "--key": "SYNTHMON_KEY_FILE"}


def _basic(value: str) -> str | None:
    """Name and password of basic authentication, which cURL encodes itself."""
    scheme, _, encoded = value.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except ValueError:  # no base64, not even ASCII, or no text in it
        return None
    return pair if ":" in pair and pair.isprintable() else None


def _safe(text: str, variables: _Variables, scrubber: Scrubber) -> str:
    """The text as a word; what variables cannot stand for, such as half a secret in base64, is masked."""
    literal = text
    for value in sorted(filter(None, variables.by_value), key=len, reverse=True):
        literal = literal.replace(value, "\0")
    if scrubber.holds(literal):
        text = scrubber.text(text, shortened=False)
    return word(text, variables.by_value)


def _body(sent: Sent, variables: _Variables, scrubber: Scrubber) -> tuple[str, str]:
    """What stands before `curl`, and its last option."""
    if not sent.content:
        return "", ""
    try:
        text = sent.content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return "", f"--data-raw {_safe(text, variables, scrubber)}"
    if scrubber.holds(sent.content.decode("latin-1")) or scrubber.holds(sent.content.decode("utf-8", "replace")):
        return f"# {len(sent.content)} bytes of the body hold a secret amid bytes and are left out\n", ""
    return f"printf '{''.join(f'{chr(92)}{byte:03o}' for byte in sent.content)}' | ", "--data-binary @-"
