"""The body of an answer as text and as JSON: strictly, bounded, parsed once however many assertions ask."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from synthmon.engine import quickjson
from synthmon.model.run import Json
from synthmon.model.words import printable
from synthmon.nouns import dataclass
from synthmon.patterns import regular

JUDGED = 1024 * 1024  # bytes of a body that assertions, captures and schemas see
DEPTH = 200
DIGITS = 4300
EXCERPT = 200  # characters

_TEXT_CODECS = regular(
    r"ascii|utf-(8|8-sig|7|16|16-le|16-be|32|32-le|32-be)|iso8859-\d{1,2}|cp\d{3,5}|mac-\w+|koi8-[rtu]|gb2312|gbk|gb18030|hz"
    r"|big5|big5hkscs|shift_jis(_2004|x0213)?|euc_(jp|jis_2004|jisx0213|kr)|iso2022_(jp|kr)\w*|tis-620|johab"
)
_TOKEN = regular(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|-?(?:Infinity|\d[\d.eE+-]*)|NaN|\w+', re.DOTALL)
_NUMBER = regular(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a body is not the JSON it had to be: `what` in words, `place` as line:column, `excerpt` from around there."""

    what: str
    place: str | None = None
    excerpt: str | None = None


class _Refused(ValueError):
    """Raised from within the parser for what the standard library would let pass."""


def decoded(content: bytes, content_type: str) -> str:
    """The body as text, by the charset it declares, else UTF-8; what cannot be decoded becomes U+FFFD.

    A charset that is not one for text (`base64`, `zlib`), or is unknown, is not believed.
    """
    declared = re.search(r"charset\s*=\s*\"?([\w.:+-]{1,40})", content_type, re.IGNORECASE)
    return content.decode(_codec(declared[1]) if declared else "utf-8", "replace")


def _codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except LookupError:
        return "utf-8"
    return name if _TEXT_CODECS.fullmatch(name) else "utf-8"


def parse(content: bytes, content_type: str | Callable[[], str] = "") -> Json | Unreadable:
    """The JSON value of RFC 8259, with the restrictions of I-JSON (RFC 7493) that make it unambiguous.

    Refused: other encodings than UTF-8, NaN and Infinity, numbers beyond a float, keys given twice, lone surrogates,
    and anything beyond the limits. A byte order mark is ignored, as RFC 8259, section 8.1 allows.
    """
    if len(content) <= JUDGED:
        value = quickjson.read(content)
        if value is not quickjson.DOUBT:
            return value
    return carefully(content, content_type if isinstance(content_type, str) else content_type())


def carefully(content: bytes, content_type: str = "") -> Json | Unreadable:
    """The same by the standard library's parser, which is told of each object and each number, and what is wrong."""
    if not content.strip():
        return Unreadable("the body is empty")
    if len(content) > JUDGED:
        return Unreadable(f"the body has {len(content)} bytes, and at most {JUDGED} are judged")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(content, error)
    return _parse_text(text, content_type)


def _parse_text(text: str, content_type: str) -> Json | Unreadable:
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return _not_json(text, error, content_type)
    except _Refused as error:
        return Unreadable(str(error), *_located(text))
    except RecursionError:
        return Unreadable(f"the JSON is nested deeper than {DEPTH} levels", *_located(text))
    if text.count("[") + text.count("{") > DEPTH and _too_deep(value):
        return Unreadable(f"the JSON is nested deeper than {DEPTH} levels", *_located(text))
    if "\\u" in text and _has_lone_surrogate(value):
        return Unreadable("the JSON holds half of a surrogate pair, which is no character", *_located(text))
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _Refused(
            f"the JSON has the key {printable(json.dumps(twice, ensure_ascii=False), 60)} twice in one object"
        )
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _Refused(f"the JSON has a number beyond every float: {printable(digits, 30)}")
    return value


def _int(digits: str) -> int:
    if len(digits) > DIGITS:
        raise _Refused(f"the JSON has a number of {len(digits)} digits; at most {DIGITS} are read")
    return int(digits)


def _constant(name: str) -> NoReturn:
    raise _Refused(f"the JSON has {name}, which is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=_int, parse_constant=_constant)


def _too_deep(value: Json) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEPTH):
        level = [child for parent in level for child in _children(parent) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(parent: Any) -> Any:
    return parent.values() if isinstance(parent, dict) else parent


def _has_lone_surrogate(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _not_utf8(content: bytes, error: UnicodeDecodeError) -> Unreadable:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Unreadable("the body is UTF-16; JSON is UTF-8 (RFC 8259)")
    before = content[: error.start]
    place = f"{before.count(10) + 1}:{error.start - before.rfind(10)}"
    return Unreadable(f"the body is not UTF-8: byte {content[error.start]:#04x} cannot stand there", place)


def _not_json(text: str, error: json.JSONDecodeError, content_type: str) -> Unreadable:
    place, excerpt = _place(text, error.pos), excerpt_at(text, error.pos)
    if looks_like_html(text, content_type):
        return Unreadable("the answer is an HTML page, not JSON", place, excerpt)
    return Unreadable(f"the answer is not JSON: {error.msg[:1].lower()}{error.msg[1:]}", place, excerpt)


def looks_like_html(text: str, content_type: str) -> bool:
    start = text[:200].lstrip().lower()
    return start.startswith(("<!doctype html", "<html", "<head", "<body")) or (
        "html" in content_type.lower() and start.startswith("<")
    )


def _place(text: str, position: int) -> str:
    return f"{text.count(chr(10), 0, position) + 1}:{position - text.rfind(chr(10), 0, position)}"


def excerpt_at(text: str, position: int) -> str:
    start = max(0, min(position - EXCERPT // 4, len(text) - EXCERPT))
    end = start + EXCERPT
    return printable(("…" if start else "") + text[start:end] + ("…" if end < len(text) else ""))


def _located(text: str) -> tuple[str | None, str | None]:
    """Place and excerpt of the first thing in a grammatical JSON text that this module refuses."""
    position = next(_offences(text), None)
    return (None, None) if position is None else (_place(text, position), excerpt_at(text, position))


def _offences(text: str) -> Iterator[int]:
    """Positions of what is refused, in order; a second, slow reading that only a refused body pays for."""
    open_objects: list[set[str] | None] = []  # keys so far, None for a list
    before = ""
    for match in _TOKEN.finditer(text):
        lexeme = match[0]
        if lexeme in "[{":
            open_objects.append(set() if lexeme == "{" else None)
        elif lexeme in "]}":
            open_objects.pop()
        if len(open_objects) > DEPTH or _is_refused(lexeme, open_objects[-1] if open_objects else None, before):
            yield match.start()
        before = lexeme


def _is_refused(lexeme: str, keys: set[str] | None, before: str) -> bool:
    if lexeme.startswith('"'):
        text = json.loads(lexeme, strict=False)
        if keys is not None and before in "{,":
            twice = text in keys
            keys.add(text)
            return twice or _has_lone_surrogate(text)
        return _has_lone_surrogate(text)
    if lexeme[0] in "-0123456789IN":
        return len(lexeme) > DIGITS or not _is_finite(lexeme)
    return False


def _is_finite(lexeme: str) -> bool:
    """A number may be followed by what belongs to none, as the reading ended before that: `1E310.`."""
    number = _NUMBER.match(lexeme)
    return math.isfinite(float(number[0] if number else lexeme))
