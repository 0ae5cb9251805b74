"""A foreign url taken apart: origin, path and query, made fit for a probe file; and the base that steps share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import unquote, unquote_plus

from synthmon.importer.holes import HOLE, around, is_holed
from synthmon.nouns import dataclass

_WHOLE = re.compile(r"(?i)(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_ORIGIN = re.compile("https?://[^/?#]*|\U0010f000[0-9]+\U0010f001[^/?#]*")
_UNFIT = re.compile(r"[\s\x00-\x20\x7f\"<>\\^`{|}]|[^\x00-\x7f]")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s\x00-\x20\x7f\[\]@:/?#<>\"\\]+)(?::[0-9]{1,5})?")


class BadUrl(ValueError):
    """Why no step can ask for it."""


@dataclass(frozen=True, slots=True)
class Url:
    """`origin` is scheme and host; `user` and `password` stood in front of the host; `query` is as it was written."""

    origin: str
    path: str
    query: str = ""
    user: str = ""
    password: str = ""

    @property
    def whole(self) -> str:
        return self.origin + self.path

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2].lower()


def split(text: str) -> Url:
    """Raises `BadUrl`, which says why, for what is no address of the web."""
    text = text.strip()
    if HOLE.match(text) and (start := _ORIGIN.match(text)):  # a variable that holds scheme and host
        origin, rest = start[0], text[start.end() :]
        if not _HOST.fullmatch(HOLE.sub("1", origin)):
            raise BadUrl("its host is none")
        path, _, query = rest.partition("#")[0].partition("?")
        return Url(origin, fit(path), query)
    if (found := _WHOLE.fullmatch(text)) is None:
        other = re.match(r"([A-Za-z][\w+.-]*):(?!\d)", text)
        raise BadUrl(f"{other[1]}: is no scheme that is probed" if other else "it is no whole address")
    scheme, authority, path, query = found[1].lower(), found[2], found[3], found[4] or ""
    before, at, host = authority.rpartition("@")
    user, _, password = before.partition(":") if at else ("", "", "")
    if not host:
        raise BadUrl("it has no host")
    if not _HOST.fullmatch(HOLE.sub("1", host)):
        raise BadUrl("its host is none")
    port = re.search(r":([0-9]+)$", host)
    if port and not 0 < int(port[1]) < 65536:
        raise BadUrl("its port is none")
    return Url(f"{scheme}://{_ascii(host)}", fit(path) or "/", query[1:], unquote(user), unquote(password))


def _ascii(host: str) -> str:
    if host.isascii() or is_holed(host):
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError as error:
        raise BadUrl("its host is none") from error


def fit(text: str) -> str:
    """A path with everything percent-encoded that cannot stand in a url; what is encoded already stays."""
    return around(text, _fit)


def _fit(text: str) -> str:
    text = _BAD_ESCAPE.sub("%25", text)
    return _UNFIT.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace")), text)


def pairs(query: str) -> list[tuple[str, str]] | None:
    """Names and values of a query, decoded; None if it is not made of these, so that it must stay as it was."""
    found = []
    for piece in query.split("&") if query else []:
        name, sign, value = piece.partition("=")
        if not sign or not name or _undecodable(name) or _undecodable(value):
            return None
        found.append((unquote_plus(name), unquote_plus(value)))
    return found


def _undecodable(text: str) -> bool:
    return bool(_BAD_ESCAPE.search(text)) or "�" in unquote(text)


def grouped(found: Iterable[tuple[str, str]]) -> dict[str, str | int | list[str | int]]:
    """Pairs as `params` and `form` have them: a name that repeats has a list."""
    values: dict[str, list[str | int]] = {}
    for name, value in found:
        values.setdefault(name, []).append(number(value))
    return {name: several[0] if len(several) == 1 else several for name, several in values.items()}


def number(value: str) -> str | int:
    """A whole number where it would be sent with the same letters."""
    return int(value) if _INTEGER.fullmatch(value) and value != "-0" else value


def shared_base(urls: Iterable[str]) -> str | None:
    """The origin that most of the urls have; the first of those that are equally frequent."""
    origins = Counter(found[0] for url in urls if (found := _ORIGIN.match(url)))
    return origins.most_common(1)[0][0] if origins else None


def below(url: str, base: str | None) -> str:
    """The url as it is written beneath that base."""
    if base and url.startswith(base) and url[len(base) : len(base) + 1] in ("/", "?"):
        rest = url[len(base) :]
        return rest if rest.startswith("/") else f"/{rest}"
    return url
