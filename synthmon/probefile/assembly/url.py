"""The address of a request: method and url taken apart, the base put in front, what is known of the host checked."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from synthmon.language.secretkey import is_secret_key
from synthmon.model.text import Expression, Template, Text
from synthmon.patterns import regular
from synthmon.probefile.assembly.literal import lacks_dollar
from synthmon.probefile.assembly.texts import is_captured
from synthmon.probefile.assembly.work import Work
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.scalars import method
from synthmon.probefile.node import Node

_SCHEME = regular(r"(?i)https?://")
_UNFIT = regular(r"[\s\x00-\x1f\x7f]")


def split_request(work: Work, node: Node, written: str) -> tuple[str, str] | None:
    """Method and url of the short form `GET /items`; None when it is reported."""
    word, _, rest = written.strip().partition(" ")
    if not rest.strip():
        if _looks_like_a_method(word):
            work.error("request", f"{quoted(written)} has no url", node, f"write {word.upper()} /path")
        else:
            work.error("request", f"{quoted(word)} is not a request", node, f"write the method first: GET {word}")
        return None
    try:
        return method(word), rest.strip()
    except ValueError as error:
        work.error("method", f"{quoted(word)} is not an HTTP method", node, str(error))
        return None


def _looks_like_a_method(word: str) -> bool:
    return word.isalpha()


def joined(work: Work, node: Node, url: Text, base: Text | None) -> Text:
    """The complete url. Problems are reported at the node, which a url shares with its method in the short form."""
    if not _starts_with(url, "/"):
        check_address(work, node, url, "begin it with `/` to append it to `base_url`, or with https://")
        return url
    if base is None:
        if any(_SCHEME.match(suspect) for suspect in work.names.suspects):
            return url  # an address stands under a key that was misspelt, which is reported
        message = "a url that begins with `/` needs a `base_url`"
        work.error("url", message, node, "add `base_url: https://…`, or write the whole address")
        return url
    _check_literals(work, node, url)
    return _concatenated(_without_slash(base), url)


def _starts_with(text: Text, start: str) -> bool:
    first = text if isinstance(text, str) else text.parts[0]
    return isinstance(first, str) and first.startswith(start)


def _without_slash(base: Text) -> Text:
    if isinstance(base, str):
        return base.rstrip("/")
    *front, last = base.parts
    if isinstance(last, str):
        stripped = last.rstrip("/")
        return Template((*front, stripped)) if stripped else Template(tuple(front))
    return base


def _concatenated(one: Text, other: Text) -> Text:
    parts: list[str | Expression] = []
    for part in (*_parts(one), *_parts(other)):
        if parts and isinstance(part, str) and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else Template(tuple(parts))


def _parts(text: Text) -> tuple[str | Expression, ...]:
    return (text,) if isinstance(text, str) else text.parts


def check_address(work: Work, node: Node, url: Text, advice: str) -> None:
    """Report what is wrong with a whole address, as far as it is known before a run."""
    first = _parts(url)[0]
    if isinstance(first, str) and not _SCHEME.match(first):
        other = "only http:// and https:// are probed" if re.match(r"[A-Za-z][\w+.-]*://", first) else advice
        work.error("url", f"{quoted(_written(url))} is not a url", node, other)
    elif _host_is_captured(work, url):
        message = "the host would come from a capture, and an answer must not choose who gets our requests"
        work.error("host", message, node, "write the host, or take it from `vars`")
    elif _has_credentials(url):
        work.hide(node)
        message = "a url must not hold a name and password"
        work.error("literal-secret", message, node, "use `auth: {basic: …}`")
    else:
        _check_literals(work, node, url)
        _check_host(work, node, url)


def _has_credentials(url: Text) -> bool:
    """Whether a literal `name:password@` stands before the host."""
    return (
        re.match(r"(?i)https?://[^/?#@]*:[^/?#@]*@", "".join(p for p in _parts(url) if isinstance(p, str))) is not None
    )


def _written(url: Text) -> str:
    return "".join(part if isinstance(part, str) else f"${{{{{part.text}}}}}" for part in _parts(url))


def _host_is_captured(work: Work, url: Text) -> bool:
    """Whether a captured value stands before the first `/`, `?` or `#` behind the scheme."""
    seen = ""
    for part in _parts(url):
        if isinstance(part, str):
            seen += part
            if re.search(r"[/?#]", _SCHEME.sub("", seen, count=1)):
                return False
        elif is_captured(work, part):
            return True
        else:
            seen += "x" if seen else "https://x"
    return False


def _check_literals(work: Work, node: Node, url: Text) -> None:
    """What no url holds, and what no file holds."""
    literals = [part for part in _parts(url) if isinstance(part, str)]
    if any(_UNFIT.search(part) for part in literals):
        work.error("url", "a url has no spaces in it", node, "write %20, or use `params:`")
    query = "x".join(literals).partition("?")[2]
    written = dict(parse_qsl(str(node.data).partition("?")[2]))
    for name, value in parse_qsl(query, keep_blank_values=True) if isinstance(url, str) else ():
        if value and is_secret_key(name) and not lacks_dollar(written.get(name)):
            work.hide(node)
            message = f"a literal under {quoted(name)} is a secret in a file"
            work.error("literal-secret", message, node, "take it from `secrets:`")
            return


def _check_host(work: Work, node: Node, url: Text) -> None:
    """Host and port, where all of them is literal."""
    literal = _parts(url)[0]
    if not isinstance(literal, str):
        return
    address = re.match(r"(?i)https?://[^/?#]*", literal)
    if address is None or (len(address[0]) == len(literal) and len(_parts(url)) > 1):
        return  # an expression is part of the host
    try:
        split = urlsplit(address[0])
    except ValueError:
        work.error("url", f"{quoted(address[0])} is not a url", node, "an IPv6 address stands in brackets")
        return
    if not split.hostname:
        work.error("url", "the url has no host", node, "write https://shop.example.com/…")
    else:
        _check_port(work, node, split)


def _check_port(work: Work, node: Node, split: SplitResult) -> None:
    behind = split.netloc.rpartition("]")[2]
    _, colon, port = behind.rpartition(":")
    if colon and port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        work.error("url", f"{quoted(port)} is not a port", node, "write a number from 1 to 65535")
