"""The shape of an answer: enough to see later what about it was new, too little to hold anything that it said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import repeat
from types import NoneType
from typing import Any

from synthmon.engine.body import Unreadable
from synthmon.engine.redaction import REDACTED, Redaction
from synthmon.engine.reply import Reply
from synthmon.model.run import AnswerShape, Json
from synthmon.patterns import regular

STEADY = frozenset(
    {
        "access-control-allow-origin",
        "allow",
        "api-version",
        "cache-control",
        "connection",
        "content-encoding",
        "content-language",
        "content-type",
        "deprecation",
        "link",
        "retry-after",
        "server",
        "strict-transport-security",
        "sunset",
        "transfer-encoding",
        "vary",
        "via",
        "www-authenticate",
        "x-api-version",
        "x-cache",
        "x-powered-by",
    }
)
"""Headers whose value is kept: it is about the service and not about a person, and does not change from run to run."""

HEADERS, VALUE = 40, 100  # of an answer; characters of a value, and a longer one is not kept
PATHS, DEPTH, ITEMS, VISITED = 48, 8, 5, 300  # of a body; levels, members of a list that are looked at, values
PARSED = 64 * 1024  # bytes of a body that is parsed for its shape alone
REMEMBERED, MOST_BUILT = 8 * 1024, 256  # bytes of a body whose shape is remembered, and how many shapes are
LARGE = 30  # keys of an object from which they are taken for data
_LONGEST = 40  # characters of a name; a longer one is data, and is not remembered
_NAME = regular(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")  # what else is a key may be data: an address, a number
_OR = " or "  # between the types of one place
_OPAQUE = regular(r"[0-9a-fA-F-]{16,}|[A-Za-z_-]*\d{4,}.*")


def shape_of(reply: Reply, redaction: Redaction) -> AnswerShape:
    """Its headers' names in lower case with the values of steady ones, and the places of its JSON with their types."""
    familiar = None if redaction.paths else reply.familiar
    if familiar is None:
        return _carefully(reply, redaction)
    fields = reply.fields
    for head in familiar.heads:
        if not head.holds(fields):
            continue
        built = reply.built
        if built is None and not reply.was_parsed:
            if not (head.says_json and len(reply.response.content) <= PARSED):
                return head.alone
            reply.read()
            built = reply.built
        if built is not None:
            return built.under(head)
    shape = _carefully(reply, redaction)
    familiar.learn(reply, shape)
    return shape


def _carefully(reply: Reply, redaction: Redaction) -> AnswerShape:
    return AnswerShape(tuple(_headers(reply)), _places(reply, redaction))


def _headers(reply: Reply) -> Iterator[tuple[str, str]]:
    fields = reply.fields
    for pair, at in _pairs(tuple([name if len(name) <= _LONGEST else b"" for name, _ in fields])):
        if at is None:
            yield pair
        else:
            written = fields[at][1] if at >= 0 else _SEVERAL
            value = written.decode() if written.isascii() else reply.header(pair[0]) or ""
            yield pair[0], value if len(value) <= VALUE else ""


_SEVERAL = b"\xff"  # in place of lines that have to be joined
Pairs = tuple[tuple[tuple[str, str], int | None], ...]


@lru_cache(maxsize=512)  # most answers have the headers of the one before
def _pairs(names: tuple[bytes, ...]) -> Pairs:
    """Headers' names in lower case, each once and in order, without those that are none; no values yet.

    Beside each where the value that is kept stands: -1 for several lines, None where none is kept.
    """
    lowered = [name.decode("latin-1").lower() for name in names]
    kept = [name for name in sorted(set(lowered)) if _NAME.fullmatch(name)][:HEADERS]
    at = {name: lowered.index(name) if lowered.count(name) == 1 else -1 for name in kept if name in STEADY}
    return tuple(((name, ""), at.get(name)) for name in kept)


def _places(reply: Reply, redaction: Redaction) -> tuple[tuple[str, str], ...]:
    document = _document(reply)
    if isinstance(document, Unreadable) or (redaction and len(reply.response.content) > PARSED):
        return ()
    if redaction:
        return tuple(_found(redaction.applied(document)).items())
    content = reply.response.content
    if len(content) > REMEMBERED or may_hold_redacted(content):
        return tuple(_found(document).items())
    return _remembered(document)


def may_hold_redacted(content: bytes) -> bool:
    """Whether a text in it may be the very one that stands for what is redacted: its letters, or letters escaped."""
    return b"redacted" in content or b"\\u00" in content


def _remembered(document: Json) -> tuple[tuple[str, str], ...]:
    """What answers that are built alike have in common, whatever they say, is worked out once."""
    built = (type(document), bool(document), _built(document))
    places = _BUILT.get(built)
    if places is None:
        if len(_BUILT) >= MOST_BUILT:
            _BUILT.clear()
        places = _BUILT[built] = tuple(_found(document).items())
    return places


_BUILT: dict[Any, tuple[tuple[str, str], ...]] = {}


def _built(document: Json) -> tuple[Any, ...]:
    """All that `_found` looks at, and nothing of what is said, level by level: keys, types, what is empty, in order.

    Two documents of one type that are built otherwise differ here: what stands inside of what follows from the types,
    keys end where types begin, and `True` stands for many keys that are taken for data.
    """
    told: list[Any] = []
    level = [document] if type(document) in _EMPTY else []
    for _ in range(DEPTH):
        inside: list[Json] = []
        for one in level:
            if type(one) is list:
                members = one[:ITEMS]
            elif len(one) <= LARGE:
                told += one
                members = one.values()
            else:
                told.append(True)
                members = list(one.values())[:LARGE]
            kinds = tuple(map(type, members))
            told += (kinds, all(members) or tuple(map(bool, members)))
            if dict in kinds or list in kinds:
                inside += [member for member in members if type(member) in _EMPTY]
        if not inside:
            break
        level = inside
    return tuple(told)


def _found(document: Json) -> dict[str, str]:
    """Types by place, in the order of the document. Every answer is walked, so this is a loop and not a recursion."""
    found: dict[str, str] = {}
    left: list[tuple[str, Any, int]] = [("$", document, DEPTH)]
    for _ in range(VISITED):
        if not left:
            break
        place, value, depth = left.pop()
        kind = type(value)
        if kind is str:
            word = "text" if value and value != REDACTED else "hidden" if value else "empty text"
        else:
            word = _WORDS[kind] if value or kind not in _EMPTY else _EMPTY[kind]
        known = found.get(place)
        if known is None:
            if len(found) == PATHS:
                break
            found[place] = word
        elif known != word:
            found[place] = _OR.join(sorted({*known.split(_OR), word}))
        if kind is dict and depth and value:
            left += _members(place, value, depth - 1)
        elif kind is list and depth:
            inner = f"{place}[*]"
            left += [(inner, member, depth - 1) for member in reversed(value[:ITEMS])]
    return found


def _members(place: str, value: dict[str, Any], depth: int) -> Iterable[tuple[str, Any, int]]:
    """The last first, as that is left for last."""
    if len(value) > LARGE:
        return [(f"{place}.*", member, depth) for member in reversed(list(value.values())[:LARGE])]
    keys = tuple([key if len(key) <= _LONGEST else "*" for key in value])
    return zip(_inner(place, keys), reversed(value.values()), repeat(depth))


@lru_cache(maxsize=2048)  # answers have the same keys again and again
def _inner(place: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The places of an object's members, the last first; one whose key may be data is called `*`."""
    return tuple(f"{place}.{_name(key)}" for key in reversed(keys))


def _document(reply: Reply) -> Json | Unreadable:
    """What was parsed anyway; else only what is small and says that it is JSON."""
    if reply.was_parsed or (len(reply.response.content) <= PARSED and says_json(reply)):
        return reply.document
    return Unreadable("not looked at")


def says_json(reply: Reply) -> bool:
    """Whether the header calls the content JSON."""
    return "json" in reply.content_type.lower()


def _name(key: str) -> str:
    """The key, or `*` for one that may be data."""
    return key if _NAME.fullmatch(key) and not _OPAQUE.fullmatch(key) else "*"


_WORDS: Mapping[type, str] = {
    NoneType: "null",
    bool: "boolean",
    int: "whole number",
    float: "number",
    list: "list",
    dict: "object",
}
_EMPTY: Mapping[type, str] = {list: "empty list", dict: "empty object"}
