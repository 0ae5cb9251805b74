"""One command line of cURL -> the requests it would send, and how: redirects, time limits, proxies."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from urllib.parse import quote

from synthmon.importer.bodies import FORM
from synthmon.importer.curl.options import TERMINAL, Option
from synthmon.importer.holes import around
from synthmon.importer.multipart import Part
from synthmon.importer.table import Table
from synthmon.nouns import dataclass

_CURLS_REDIRECTS = 50
_MOST_REDIRECTS = 20  # that a probe follows
_UNSPOKEN = frozenset({"digest", "ntlm", "negotiate", "ntlm-wb", "anyauth"})
_CERTIFICATES = frozenset({"cert", "key", "cacert", "capath", "cert-type", "key-type", "pass", "crlfile"})
_WAYS = frozenset(
    {"proxy", "proxy-user", "resolve", "connect-to", "interface", "unix-socket", "ipv4", "ipv6", "noproxy"}
)
_VERSIONS = frozenset({"http1.0", "http1.1", "http2", "http2-prior-knowledge", "http3", "http3-only"})


@dataclass(slots=True)
class Asked:
    """What a command asks for."""

    urls: list[str] = field(default_factory=list)
    method: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    content_type: str = ""
    user: str | None = None
    as_query: bool = False
    follows: bool = False
    redirects: int = _CURLS_REDIRECTS
    timeout: str = ""
    retries: int = 0
    impossible: str = ""

    @property
    def verb(self) -> str:
        if self.method:
            return self.method
        return "POST" if (self.data and not self.as_query) or self.parts else "GET"


class Reading:
    """Takes the options of a command one by one."""

    def __init__(self, table: Table, place: str) -> None:
        self._table, self._place = table, place
        self.asked = Asked()
        self._takers: dict[str, Callable[[str], None]] = {
            "url": self.asked.urls.append,
            "header": self._header,
            "request": lambda value: self._set("method", value),
            "head": lambda _: self._set("method", "HEAD"),
            "data": self._data,
            "data-ascii": self._data,
            "data-binary": self._data,
            "data-raw": lambda value: self._add_data(value, FORM),
            "data-urlencode": self._urlencode,
            "json": self._json,
            "form": self._part,
            "form-string": lambda value: self._part(value, literal=True),
            "get": lambda _: self._set("as_query", value=True),
            "url-query": self.asked.query.append,
            "user": lambda value: self._set("user", value),
            "oauth2-bearer": lambda value: self.asked.headers.append(("Authorization", f"Bearer {value}")),
            "cookie": self._cookie,
            "user-agent": lambda value: self.asked.headers.append(("User-Agent", value)),
            "referer": lambda value: self.asked.headers.append(("Referer", value.removesuffix(";auto"))),
            "range": lambda value: self.asked.headers.append(("Range", f"bytes={value}")),
            "location": lambda _: self._set("follows", value=True),
            "location-trusted": self._trusted,
            "max-redirs": self._redirects,
            "max-time": self._max_time,
            "retry": self._retry,
            "upload-file": lambda value: self._set("impossible", f"it uploads the file {value!r}, which is not read"),
            "config": lambda value: self._set(
                "impossible", f"its options are in the file {value!r}, which is not read"
            ),
            "aws-sigv4": lambda _: self._set("impossible", "a signature of AWS is made of keys that only you have"),
        }

    def take(self, option: Option) -> None:
        name = option.name
        if (taker := self._takers.get(name)) is not None:
            taker(option.value)
        elif name in TERMINAL:
            self._table.dropped(self._place, f"--{name}", "it only concerns what curl shows, or a probe does it anyway")
        elif name in _UNSPOKEN:
            self._set("impossible", f"authentication by `--{name}` is not spoken")
        elif name == "basic":
            self._table.kept(self._place, "--basic", "auth: {basic: …}")
        elif name == "insecure":
            self._drop(name, "the certificate is verified; `tls: {verify: false, reason: …}` is a decision of yours")
        elif name in _CERTIFICATES:
            self._drop(name, "certificates of a step are declared by you, under `tls:`")
        elif name in _WAYS:
            self._drop(name, "by which way the target is reached differs from machine to machine: declare it yourself")
        elif name in _VERSIONS:
            self._drop(name, "the version of HTTP is negotiated")
        else:
            self._drop(name, "a probe has nothing that does the same")

    def _drop(self, name: str, why: str) -> None:
        self._table.dropped(self._place, f"--{name}" if len(name) > 1 else f"-{name}", why)

    def _set(self, name: str, value: object) -> None:
        setattr(self.asked, name, value)

    # Options with a meaning of their own

    def _header(self, value: str) -> None:
        name, colon, rest = value.partition(":")
        if value.startswith("@"):
            self._drop("header", f"headers of the file {value[1:]!r}, which is not read")
        elif colon and not rest.strip():
            self._drop("header", f"it takes the header {name.strip()} away, and a probe has no such header")
        elif not colon and value.endswith(";"):
            self.asked.headers.append((value[:-1].strip(), ""))
        elif not colon:
            self._drop("header", f"{value!r} is no header")
        else:
            self.asked.headers.append((name.strip(), rest.strip()))

    def _data(self, value: str) -> None:
        if value.startswith("@"):
            self._set("impossible", f"its body is the file {value[1:]!r}, which is not read")
        else:
            self._add_data(value, FORM)

    def _add_data(self, value: str, content_type: str) -> None:
        self.asked.data.append(value)
        self.asked.content_type = self.asked.content_type or content_type

    def _urlencode(self, value: str) -> None:
        name, sign, content = value.partition("=")
        if not sign and "@" in value:
            self._set("impossible", f"its body is the file {value.partition('@')[2]!r}, which is not read")
            return
        encoded = _encoded(content if sign else value)
        self._add_data(f"{name}={encoded}" if sign and name else encoded, FORM)

    def _json(self, value: str) -> None:
        if value.startswith("@"):
            self._set("impossible", f"its body is the file {value[1:]!r}, which is not read")
            return
        self.asked.data.append(value)
        self.asked.content_type = "application/json"
        if not any(name.lower() == "accept" for name, _ in self.asked.headers):
            self.asked.headers.append(("Accept", "application/json"))

    def _part(self, value: str, *, literal: bool = False) -> None:
        name, _, content = value.partition("=")
        options: dict[str, str] = {}
        if not literal:
            content, *rest = re.split(r";(?=type=|filename=|encoder=|headers=)", content)
            options = {key: text.strip('"') for key, _, text in (one.partition("=") for one in rest)}
        is_file = not literal and content[:1] in ("@", "<")
        path = content[1:].strip('"').rpartition("/")[2] if is_file else ""
        filename = options.get("filename", path if content[:1] == "@" else "")
        self.asked.parts.append(Part(name, None if is_file else content, filename, options.get("type", "")))

    def _cookie(self, value: str) -> None:
        if "=" in value:
            self.asked.headers.append(("Cookie", value))
        else:
            self._drop("cookie", f"cookies of the file {value!r}, which is not read; each run has a jar of its own")

    def _trusted(self, _: str) -> None:
        self._set("follows", value=True)
        self._drop("location-trusted", "redirects are followed, credentials are not sent to another host")

    def _redirects(self, value: str) -> None:
        self.asked.redirects = int(value) if value.isascii() and value.isdigit() else _CURLS_REDIRECTS

    def _max_time(self, value: str) -> None:
        whole = value.replace(".", "", 1)
        if whole.isascii() and whole.isdigit() and 0 < float(value) < 600:
            self.asked.timeout = f"{float(value):g}s" if float(value) >= 1 else f"{float(value) * 1000:.0f}ms"
        else:
            self._drop("max-time", f"{value!r} is no time within which a probe could answer")

    def _retry(self, value: str) -> None:
        self.asked.retries = min(int(value), 9) if value.isascii() and value.isdigit() else 0

    def redirects(self) -> int:
        """How many redirects the step follows."""
        if not self.asked.follows:
            return 0
        if self.asked.redirects > _MOST_REDIRECTS:
            why = f"a probe follows {_MOST_REDIRECTS} redirects at most, curl {_CURLS_REDIRECTS}"
            self._table.changed(self._place, "--location", why)
        return min(self.asked.redirects, _MOST_REDIRECTS)


def _encoded(text: str) -> str:
    return around(text, lambda part: quote(part, safe=""))


def body_of(asked: Asked) -> str | None:
    """The body, as cURL joins it."""
    if not asked.data or asked.as_query:
        return None
    joint = "" if asked.content_type == "application/json" else "&"
    return joint.join(asked.data)
