"""Success criteria of a step -> what it expects: simple conditions, regular expressions, and filters of JSONPath."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from synthmon.importer import jsontext
from synthmon.importer.arazzo.expressions import capture_of
from synthmon.importer.jsonpaths import from_steps, steps_from_javascript
from synthmon.importer.pick import mapping, text
from synthmon.language.jsonpath import compile_path
from synthmon.language.regex import compile_regex
from synthmon.nouns import dataclass

_SIMPLE = re.compile(r"\s*(\$[A-Za-z][^\s=<>!]*)\s*(==|!=|<=|>=|<|>)\s*(.+?)\s*$", re.DOTALL)
_FILTER = re.compile(
    r"\$\[\?\s*\(?\s*(count|length)?\(?@((?:[.\[][^\s()=<>!]*)?)\)?"
    r"\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*\)?\]$"
)
_SIGNS = {"==": "equals", "!=": "not_equals", "<": "less_than", "<=": "at_most", ">": "more_than", ">=": "at_least"}


class NotExpected(ValueError):
    """A criterion that no expectation says."""


@dataclass(slots=True)
class Expected:
    """Expectations of one step."""

    status: list[int] = field(default_factory=list)
    headers: dict[str, dict[str, Any]] = field(default_factory=dict)
    json: dict[str, dict[str, Any]] = field(default_factory=dict)
    text: dict[str, Any] = field(default_factory=dict)

    def finished(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self.status:
            made["status"] = self.status if len(self.status) > 1 else self.status[0]
        for name in ("headers", "json"):
            matchers = getattr(self, name)
            if matchers:
                made[name] = {key: _bare(matcher) for key, matcher in matchers.items()}
        if self.text:
            made["text"] = _bare(self.text)
        return made


def _bare(matcher: dict[str, Any]) -> Any:
    plain = isinstance(matcher.get("equals"), str | int | float | bool | type(None))
    return matcher["equals"] if set(matcher) == {"equals"} and plain else matcher


def read_criterion(expected: Expected, criterion: Any) -> str:
    """Add what the criterion says; how it was put. Raises `NotExpected`."""
    told = mapping(criterion)
    condition = text(told.get("condition")).strip()
    kind = told.get("type", "simple")
    kind = text(mapping(kind).get("type")) if isinstance(kind, dict) else text(kind)
    context = text(told.get("context"))
    if kind == "simple":
        return _simple(expected, condition)
    if kind == "regex":
        return _regex(expected, context, condition)
    if kind == "jsonpath":
        return _jsonpath(expected, context, condition)
    raise NotExpected(f"criteria of type {kind} are not known")


def _simple(expected: Expected, condition: str) -> str:
    for part in condition.split("&&"):
        alternatives = [_comparison(one) for one in part.split("||")]
        if len(alternatives) == 1:
            _put(expected, *alternatives[0])
        elif all(name == "$statusCode" and operator == "equals" for name, operator, _ in alternatives):
            for _, _, value in alternatives:
                _status(expected, value)
        else:
            raise NotExpected("alternatives are expected of a status alone")
    return "an expectation"


def _comparison(part: str) -> tuple[str, str, Any]:
    found = _SIMPLE.match(part.strip().removeprefix("(").removesuffix(")"))
    if found is None:
        raise NotExpected("the condition is not understood")
    return found[1], _SIGNS[found[2]], _literal(found[3])


def _literal(written: str) -> Any:
    if len(written) > 1 and written[0] == written[-1] == "'":
        return written[1:-1].replace("''", "'")
    try:
        return jsontext.parse(written)
    except ValueError:
        raise NotExpected("it compares with what is known only in a run") from None


def _status(expected: Expected, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 100 <= value <= 599:
        raise NotExpected("a status is a number from 100 to 599")
    if value not in expected.status:
        expected.status.append(value)


def _put(expected: Expected, name: str, operator: str, value: Any) -> None:
    if name == "$statusCode":
        if operator != "equals":
            raise NotExpected("a status is expected by its number")
        _status(expected, value)
        return
    how = capture_of(name)
    if isinstance(how, str):
        _add(expected.json.setdefault(how, {}), operator, value)
    elif isinstance(how, dict) and "header" in how:
        _add(expected.headers.setdefault(how["header"], {}), operator, value)
    else:
        raise NotExpected(f"{name} is nothing of the answer")


def _add(matcher: dict[str, Any], operator: str, value: Any) -> None:
    if matcher.setdefault(operator, value) != value:
        raise NotExpected("the same is expected to be two things")


def _regex(expected: Expected, context: str, pattern: str) -> str:
    try:
        compile_regex(pattern)
    except ValueError as error:
        raise NotExpected("the pattern is none of RE2") from error
    if context == "$statusCode":
        found = re.fullmatch(r"\^?\(?([1-5][0-9]{2}(?:\|[1-5][0-9]{2})*)\)?\$?", pattern)
        if found is None:
            raise NotExpected("a status is expected by its number")
        for number in found[1].split("|"):
            _status(expected, int(number))
    elif context == "$response.body":
        _add(expected.text, "matches", pattern)
    else:
        _put(expected, context, "matches", pattern)
    return "an expectation"


def _jsonpath(expected: Expected, context: str, condition: str) -> str:
    if context != "$response.body":
        raise NotExpected("only the body of the answer is looked into")
    found = _FILTER.fullmatch(condition)
    steps = steps_from_javascript(found[2]) if found else None
    if found is None or steps is None or not steps:
        return _any_node(expected, condition)
    function, _, sign, written = found.groups()
    path = from_steps(steps)
    matcher = expected.json.setdefault(path, {})
    if sign is None:
        _add(matcher, "exists", value=True)
    elif function:
        _add(matcher, "length", {_SIGNS[sign]: _literal(written)})
    else:
        _add(matcher, _SIGNS[sign], _literal(written))
    return f"the condition of {path}: the filter is taken to look at the body itself, not at what is in it"


def _any_node(expected: Expected, path: str) -> str:
    try:
        compile_path(path)
    except ValueError as error:
        raise NotExpected("the path is not JSONPath by RFC 9535") from error
    _add(expected.json.setdefault(path, {}), "count", {"at_least": 1})
    return "an expectation: the path finds something"
