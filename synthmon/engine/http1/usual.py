"""A header as most answers have it, put together from lines that are known from answers before.

What is kept is how a line is parted, and what names say together in their order: values are looked at in each answer.
Whatever is not understood here is left to `plain`, and what that does not understand to `head`.
"""

from __future__ import annotations

from synthmon.nouns import dataclass
from synthmon.patterns import regular

Pair = tuple[bytes, bytes]
Entry = tuple[bytes, Pair]
"""A name in lower case, and name and value as they are written."""

_BODILESS = frozenset({204, 304})
_CODED = frozenset({b"transfer-encoding", b"content-encoding"})  # with these a body is not the bytes that come
_FLEETING = frozenset({b"set-cookie", b"location"})  # said once, and often secret: nothing for another run
_DIGITS = 18
_LONGEST = 200  # bytes of a line that is kept
_MOST = 1024  # lines, and as many shapes
_status = regular(rb"HTTP/1\.1 ([2-5][0-9]{2})(?: (?:[\x20-\xff]*[\x21-\xff])?)?")
_line = regular(rb"([^\x00-\x20:]+):(?: *([\x21-\xff](?:[\x20-\xff]*[\x21-\xff])?))?")


class Unusual(Exception):
    """A line of which it is not certain that the careful way takes it for the same."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What names say in their order: which field has the length of the body, and which, if any, the connection."""

    names: frozenset[bytes]
    length: int
    connection: int | None


Usual = tuple[int, list[Pair], int, bool, frozenset[bytes]]
"""Status, fields, bytes of body, whether the connection closes behind it, and the names in lower case."""


class _Statuses(dict[bytes, int]):
    def __missing__(self, line: bytes) -> int:
        found = _status.fullmatch(line)
        if found is None or line.endswith(b" ") or int(found[1]) in _BODILESS:
            raise Unusual
        if len(line) <= _LONGEST and len(self) < _MOST:
            self[line] = int(found[1])
        return int(found[1])


class _Lines(dict[bytes, Entry]):
    """All are forgotten when there are too many: dates and numbers of requests do not come again."""

    def __missing__(self, line: bytes) -> Entry:
        found = None if line.startswith(b"HTTP/") else _line.fullmatch(line)
        if found is None:
            raise Unusual
        entry = (found[1].lower(), (found[1], found[2] or b""))
        if len(line) <= _LONGEST and entry[0] not in _FLEETING:
            if len(self) >= _MOST:
                self.clear()
            self[line] = entry
        return entry


class _Shapes(dict[tuple[bytes, ...], Shape | None]):
    """None where more is said of the body than its length, or less."""

    def __missing__(self, names: tuple[bytes, ...]) -> Shape | None:
        known, shape = frozenset(names), None
        if names.count(b"content-length") == 1 and names.count(b"connection") <= 1 and known.isdisjoint(_CODED):
            connection = names.index(b"connection") if b"connection" in known else None
            shape = Shape(known, names.index(b"content-length"), connection)
        if len(names) <= _LONGEST and len(self) < _MOST:
            self[names] = shape
        return shape


_status_of = _Statuses().__getitem__
_LINES = _Lines()
_entry_of = _LINES.__getitem__
_shape_of = _Shapes().__getitem__


def usual(head: bytes) -> Usual | None:
    """What a whole header says, without the empty line at its end, where it has a body of so many bytes as they are."""
    lines = head.split(b"\r\n")
    try:
        status = _status_of(lines.pop(0))
        names, fields = zip(*map(_entry_of, lines))  # noqa: B905 - all are pairs, and to ask takes a third more
    except (Unusual, ValueError):  # the latter where there is no field
        return None
    shape = _shape_of(names)
    if shape is None:
        return None
    length, closes = fields[shape.length][1], False
    if not length.isdigit() or len(length) > _DIGITS:
        return None
    if shape.connection is not None:
        said = fields[shape.connection][1].lower()
        closes = said == b"close"
        if not closes and said != b"keep-alive":
            return None
    return status, list(fields), int(length), closes, shape.names
