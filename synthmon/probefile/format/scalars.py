"""The small values of a probe file: names, durations, percentages, paths, status codes."""

from __future__ import annotations

import re
from typing import Annotated, Any

from synthmon.language.duration import parse_duration
from synthmon.language.jsonpath import compile_path
from synthmon.language.suggest import did_you_mean
from synthmon.model.answer import StatusRange
from synthmon.model.journey import RetryCause
from synthmon.patterns import regular
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.format.base import refuse, shape_of
from synthmon.probefile.format.marks import BeforeValidator, WithJsonSchema

_NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"
_IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"
_SECRET = r"^[a-z_][a-z0-9_]{0,62}$"  # noqa: S105 - a pattern
_HEADER = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"
_DURATION = r"^[0-9]{1,9}(\.[0-9]{1,6})?(ms|s|m|h|d)$"
_CRON = regular(r"(?:[0-9*][0-9*/,A-Za-z-]*\s+){4}[0-9*][0-9*/,A-Za-z-]*")
_PERCENT = regular(r"(\d{1,3}(?:\.\d{1,6})?) ?%")
_STATUS = regular(r"(?P<one>[1-5]\d\d)|(?P<hundred>[1-5])xx|(?P<first>[1-5]\d\d) ?- ?(?P<last>[1-5]\d\d)")
_RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "for", "lambda", "true", "false", "null", "None", "True", "False"}
)
# IANA's registry of methods, as far as people type them.
KNOWN_METHODS = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"),
    *("PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "PURGE"),
)


def text(value: object, what: str = "this") -> str:
    """The value, if it is text; otherwise the error says what it is and, for a number, how to write it as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        written = str(value).lower() if isinstance(value, bool) else str(value)
        raise refuse("wrong-type", f"{what} must be a text, not {_a(value)}", f'quote it: "{written}"')
    raise refuse("wrong-type", f"{what} must be a text, not {_a(value)}")


def _a(value: object) -> str:
    word = shape_of(value).strip("‹›")
    return word if value is None or isinstance(value, bool) else f"a {word}"


def _without_expression(value: str) -> str:
    if "${{" in value:
        raise refuse("expression", "no expression can stand here: this text is never rendered", "write it out")
    return value


def _query(value: object) -> str:
    query = text(value)
    if "${{" in query:
        message = "no expression can stand in a query: what it inserts could change what is asked"
        raise refuse("expression", message, "declare a variable, such as $id, and give its value in `variables`")
    if not query.strip():
        raise refuse("empty-text", "this query is empty", "write what is asked, such as { me { id } }")
    return query


def _label(value: object) -> str:
    label = _without_expression(text(value))
    if not label.strip():
        raise refuse("empty-text", "this text is empty", "give it words, or delete the key")
    return label.strip()


def _verbatim(value: object) -> str:
    written = _without_expression(text(value))
    if not written:
        raise refuse("empty-text", "this text is empty", "write it out, or delete the key")
    return written


def _web_address(value: object) -> str:
    address = _label(value)
    if not address.startswith(("http://", "https://")) or any(c.isspace() for c in address):
        raise refuse("url", f"{quoted(address)} is not a web address", "begin it with https://")
    return address


def _with_a_name(word: str, pattern: re.Pattern[str], rule: str) -> str:
    """The rule, and the word as it could be written: `check_out` for `Check out`."""
    for kept in ("a-z0-9_-", "a-z0-9_"):
        plain = re.sub(f"[^{kept}]+", "_", word.strip().lower()).strip("_-")[:63]
        if plain and plain != word and word.isascii() and pattern.match(plain):
            return f"write `{plain}`: {rule}"
    return rule


def _matching(pattern: str, code: str, what: str, rule: str) -> BeforeValidator:
    compiled = re.compile(pattern)

    def check(value: object) -> str:
        name = _without_expression(text(value))
        if not compiled.match(name) or name.endswith("\n"):
            hint = _with_a_name(name, compiled, rule) if code == "name" else rule
            raise refuse(code, f"{quoted(name)} is not {what}", hint)
        return name

    return BeforeValidator(check)


def is_name(word: str) -> bool:
    """Whether the word can name a probe, a step, a region or a channel."""
    return re.fullmatch(_NAME, word) is not None


def _identifier(value: str) -> str:
    if value in _RESERVED:
        raise refuse("name", f"{quoted(value)} is a word of the expression language", "choose another name")
    return value


def _duration(value: object) -> float:
    if isinstance(value, str):
        _without_expression(value)
        if _CRON.fullmatch(value.strip()):
            raise refuse("duration", "this is a cron expression, not a duration", "write it as `cron:`")
    try:
        return parse_duration(value)
    except ValueError as error:
        message, _, advice = str(error).partition(": ")
        raise refuse(
            "duration", message, f"write {advice}" if advice else "write it like 800ms, 10s, 5m or 1h"
        ) from None


def _percent(value: object) -> float:
    share = _percentage(value, "an objective is a percentage", "write it like 99.9%")
    if share >= 1:
        raise refuse("percent", "an objective of 100% leaves no error budget at all", "write it like 99.9%")
    if share <= 0:
        raise refuse("percent", "an objective of 0% asks for nothing", "write it like 99.9%")
    return round(share, 10)


def _share(value: object) -> float:
    share = _percentage(value, "a share is a percentage", "write it like 10%")
    if not 0 < share < 1:
        raise refuse("percent", "a share lies above 0% and below 100%", "write it like 10%")
    return round(share, 10)


def _excess(value: object) -> float:
    excess = _percentage(value, "this is a percentage", "write it like 50%")
    if not 0 < excess <= MOST_EXCESS:
        raise refuse("percent", f"this lies above 0% and is at most {MOST_EXCESS * 100:g}%", "write it like 50%")
    return round(excess, 10)


def _as_percentage(value: object) -> str | None:
    """How a figure without its sign is written: 99.5 and 0.995 both are 99.5%."""
    try:
        figure = float(str(value).strip().replace(",", ".").removesuffix("%"))
    except ValueError:
        return None
    share = figure * 100 if 0 < figure < 1 else figure
    return f"write {share:.10g}%" if not isinstance(value, bool) and 0 < share < 1000 else None


def _percentage(value: object, message: str, hint: str) -> float:
    found = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise refuse("percent", message, _as_percentage(value) or hint)
    return float(found[1]) / 100


def _status(value: object) -> StatusRange:
    found = _STATUS.fullmatch(str(value).strip().lower()) if isinstance(value, int | str) else None
    if found is None or isinstance(value, bool):
        raise refuse("status", f"{quoted(_shown(value))} is not a status", "write 201, 2xx or 200-204")
    if found["one"]:
        return StatusRange(int(found["one"]), int(found["one"]))
    if found["hundred"]:
        return StatusRange(int(found["hundred"]) * 100, int(found["hundred"]) * 100 + 99)
    first, last = int(found["first"]), int(found["last"])
    if first > last:
        raise refuse("status", f"the range {first}-{last} is empty", f"write {last}-{first}")
    return StatusRange(first, last)


def _retry_cause(value: object) -> StatusRange | RetryCause:
    """`connection_error`, `timeout`, or statuses that say that something is wrong."""
    word = str(value).strip().lower() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if word in set(RetryCause):
        return RetryCause(word)
    if _STATUS.fullmatch(word) is None:
        close = did_you_mean(word, [cause.value for cause in RetryCause])
        hint = f"did you mean `{close}`?" if close else "write connection_error, timeout, 503 or 502-504"
        raise refuse("retry", f"{quoted(_shown(value))} is nothing to try again for", hint)
    statuses = _status(value)
    if statuses.first < LOWEST_FAULT:
        message = f"{quoted(_shown(value))} is no fault, and only after a fault a request is sent again"
        raise refuse("retry", message, "to wait until something is true, use `poll`")
    return statuses


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json_path(value: object) -> str:
    path = text(value)
    try:
        compile_path(path)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise refuse("json-path", f"{quoted(path)}: {message}", hint or None) from None
    return path


def method(value: str) -> str:
    """An HTTP method as written, if it is one; raises `ValueError` with the better spelling."""
    if not re.fullmatch(r"[A-Z][A-Z-]{1,19}", value) or value == "CONNECT":
        upper = value.upper()
        raise ValueError(f"write {upper}" if upper in KNOWN_METHODS else "use a method such as GET, POST, PUT, DELETE")
    if value not in KNOWN_METHODS and (better := did_you_mean(value, KNOWN_METHODS)):
        raise ValueError(f"did you mean {better}?")
    return value


def _method(value: object) -> str:
    word = _without_expression(text(value))
    try:
        return method(word)
    except ValueError as error:
        raise refuse("method", f"{quoted(word)} is not an HTTP method", str(error)) from None


def _schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema(schema)


LOWEST_FAULT = 400  # statuses below it are answers that a client may be content with
MOST_EXCESS = 9.0  # above what is usual; 900 %
NAME_RULE = "lower-case letters, digits, `-` and `_`, beginning with a letter or digit, at most 63"
_IDENTIFIER_RULE = "letters, digits and `_`, not beginning with a digit, at most 63"

Text = Annotated[str, BeforeValidator(text), _schema(type="string", description="May hold `${{ … }}` expressions.")]
Label = Annotated[str, BeforeValidator(_label), _schema(type="string", minLength=1)]
Verbatim = Annotated[str, BeforeValidator(_verbatim), _schema(type="string", minLength=1)]
Query = Annotated[str, BeforeValidator(_query), _schema(type="string", minLength=1)]
WebAddress = Annotated[str, BeforeValidator(_web_address), _schema(type="string", format="uri", pattern="^https?://")]
Name = Annotated[str, _matching(_NAME, "name", "a name", NAME_RULE), _schema(type="string", pattern=_NAME)]
Identifier = Annotated[
    str,
    BeforeValidator(_identifier),
    _matching(_IDENTIFIER, "name", "a name that expressions can use", _IDENTIFIER_RULE),
    _schema(type="string", pattern=_IDENTIFIER),
]
SecretName = Annotated[
    str,
    BeforeValidator(_identifier),
    _matching(_SECRET, "name", "a name for a secret", "lower-case letters, digits and `_`, at most 63"),
    _schema(type="string", pattern=_SECRET),
]
HeaderName = Annotated[
    str,
    _matching(_HEADER, "header-name", "a header's name", "letters, digits and `-`"),
    _schema(type="string", pattern=_HEADER),
]
Duration = Annotated[
    float, BeforeValidator(_duration), _schema(type="string", pattern=_DURATION, examples=["800ms", "10s", "5m", "1h"])
]
Percent = Annotated[
    float, BeforeValidator(_percent), _schema(type="string", pattern=r"^\d{1,3}(\.\d+)? ?%$", examples=["99.9%"])
]
Share = Annotated[
    float, BeforeValidator(_share), _schema(type="string", pattern=r"^\d{1,3}(\.\d+)? ?%$", examples=["10%"])
]
Excess = Annotated[
    float, BeforeValidator(_excess), _schema(type="string", pattern=r"^\d{1,3}(\.\d+)? ?%$", examples=["50%"])
]
Status = Annotated[
    StatusRange,
    BeforeValidator(_status),
    _schema(
        type=["integer", "string"],
        minimum=100,
        maximum=599,
        pattern="^([1-5][xX][xX]|[1-5][0-9][0-9]( ?- ?[1-5][0-9][0-9])?)$",
    ),
]
Fault = Annotated[
    StatusRange | RetryCause,
    BeforeValidator(_retry_cause),
    _schema(
        type=["integer", "string"],
        minimum=400,
        maximum=599,
        pattern="^(connection_error|timeout|[45][xX][xX]|[45][0-9][0-9]( ?- ?[45][0-9][0-9])?)$",
    ),
]
JsonPath = Annotated[
    str, BeforeValidator(_json_path), _schema(type="string", pattern=r"^\$", examples=["$.user.email"])
]
Method = Annotated[str, BeforeValidator(_method), _schema(type="string", examples=KNOWN_METHODS[:7])]
