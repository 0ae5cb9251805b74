"""What a test script says of an answer -> expectations and captures, statement by statement."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import Any

from synthmon.importer.jsonpaths import from_steps, steps_from_javascript
from synthmon.importer.postman.javascript import NoLiteral, closing, literal, literals, split_top
from synthmon.language.regex import compile_regex
from synthmon.nouns import dataclass

_BODY = r"(?:pm\.response\.json\(\)|JSON\.parse\(\s*(?:responseBody|pm\.response\.text\(\))\s*\))"
_ALIAS = re.compile(rf"(?:(?:const|let|var)\s+)?([A-Za-z_$][\w$]*)\s*=\s*({_BODY}|[A-Za-z_$][\w$]*)([.\[][\s\S]*)?$")
_TAKEN_APART = re.compile(rf"(?:const|let|var)\s*\{{\s*([\w$]+)\s*\}}\s*=\s*{_BODY}$")
_ROOT = re.compile(rf"({_BODY}|[A-Za-z_$][\w$]*)([.\[][\s\S]*)?$")
_HEADER = re.compile(r"(?:pm\.response\.headers\.get|postman\.getResponseHeader)\((.+)\)$")
_COOKIE = re.compile(r"(?:pm\.cookies\.get\((.+)\)|postman\.getResponseCookie\((.+)\)\.value)$")
_TEXT = re.compile(r"(?:pm\.response\.text\(\)|responseBody)$")
_STATUS = re.compile(r"(?:pm\.response\.code|responseCode\.code)$")
_TIME = re.compile(r"(?:pm\.response\.responseTime|responseTime)$")
_EXPECT = re.compile(r"(?:pm\.)?expect\(")
_FILLER = re.compile(r"\.(?:to|be|been|is|that|which|and|has|have|with|at|of|same|deep)\b")
_COMPARED = re.compile(r"\s*(===|==|!==|!=|<=|>=|<|>)\s*")

TAKES_NUMBER = {"above": "more_than", "gt": "more_than", "greaterThan": "more_than", "below": "less_than"}
TAKES_NUMBER |= {"lt": "less_than", "lessThan": "less_than", "least": "at_least", "gte": "at_least"}
TAKES_NUMBER |= {"most": "at_most", "lte": "at_most"}
_SIGNS = {"===": "equals", "==": "equals", "!==": "not_equals", "!=": "not_equals", "<": "less_than", "<=": "at_most"}
_SIGNS |= {">": "more_than", ">=": "at_least"}
_TYPES = {"string", "number", "boolean", "array", "object", "null"}


class NotUnderstood(ValueError):
    """A statement that says more than a probe can, or in a way that is not known here."""


@dataclass(frozen=True, slots=True)
class Source:
    """What an expression reads of the answer: `kind` is json, status, header, cookie, text or time."""

    kind: str
    name: str = ""
    steps: tuple[str | int, ...] = ()

    @property
    def capture(self) -> dict[str, Any] | str:
        """How a step captures it; raises `NotUnderstood`."""
        if self.kind == "json":
            return from_steps(self.steps)
        if self.kind in ("header", "cookie"):
            return {self.kind: self.name}
        if self.kind == "status":
            return {"status": True}
        raise NotUnderstood("no capture takes it")


@dataclass(slots=True)
class Checks:
    """Expectations of one step, gathered from its scripts."""

    expect: dict[str, Any] = field(default_factory=dict)
    budget: str | None = None
    aliases: dict[str, tuple[str | int, ...]] = field(default_factory=dict)

    def learn(self, statement: str) -> bool:
        """Whether the statement only names a part of the answer for later ones."""
        if found := _TAKEN_APART.match(statement):
            self.aliases[found[1]] = (found[1],)
            return True
        found = _ALIAS.match(statement)
        if found is None or (source := self._body(found[2], found[3] or "")) is None:
            return False
        self.aliases[found[1]] = source.steps
        return True

    def source(self, expression: str) -> Source:
        """What the expression reads; raises `NotUnderstood`."""
        expression = expression.strip()
        for pattern, kind in ((_STATUS, "status"), (_TEXT, "text"), (_TIME, "time")):
            if pattern.match(expression):
                return Source(kind)
        for pattern, kind in ((_HEADER, "header"), (_COOKIE, "cookie")):
            if found := pattern.match(expression):
                return Source(kind, _text(next(part for part in found.groups() if part)))
        root = _ROOT.match(expression)
        source = self._body(root[1], root[2] or "") if root else None
        if source is None:
            raise NotUnderstood("it reads what no probe has")
        return source

    def _body(self, root: str, access: str) -> Source | None:
        steps = steps_from_javascript(re.sub(r"\s+(?=[.\[])", "", access.strip()))
        if steps is None or (root not in self.aliases and not re.fullmatch(_BODY, root)):
            return None
        return Source("json", steps=(*self.aliases.get(root, ()), *steps))

    # Expectations

    def add(self, source: Source, operator: str, operand: Any) -> None:
        """Raises `NotUnderstood` where a step already says something else of the same."""
        if source.kind == "status":
            self._status(operator, operand)
        elif source.kind == "time":
            self._time(operator, operand)
        elif source.kind == "text":
            texts = self.expect.setdefault("text", [])
            if {operator: operand} not in texts:
                texts.append({operator: operand})
        elif source.kind == "json" and source.steps[-1:] == ("length",):
            path = from_steps(source.steps[:-1])
            self._put(self.expect.setdefault("json", {}), path, "length", {operator: operand})
        elif source.kind == "json":
            self._put(self.expect.setdefault("json", {}), from_steps(source.steps), operator, operand)
        else:
            self._put(self.expect.setdefault(f"{source.kind}s", {}), source.name, operator, operand)

    def _status(self, operator: str, operand: Any) -> None:
        wanted = operand if isinstance(operand, list) else [operand]
        if operator not in ("equals", "one_of") or not all(_is_status(one) for one in wanted):
            raise NotUnderstood("a status is expected by its number")
        value = wanted if len(wanted) > 1 else wanted[0]
        if self.expect.setdefault("status", value) != value:
            raise NotUnderstood(f"the step expects the status {self.expect['status']} already")

    def _time(self, operator: str, operand: Any) -> None:
        if operator not in ("less_than", "at_most") or not isinstance(operand, int) or not 0 < operand <= 600_000:
            raise NotUnderstood("a time is expected below a number of milliseconds")
        self.budget = f"{operand // 1000}s" if operand % 1000 == 0 else f"{operand}ms"

    @staticmethod
    def _put(where: dict[str, Any], key: str, operator: str, operand: Any) -> None:
        matcher = where.setdefault(key, {})
        if matcher.setdefault(operator, operand) != operand:
            raise NotUnderstood(f"the step expects `{operator}` of the same already")

    def finished(self) -> dict[str, Any]:
        """The expectations as a probe writes them: `equals` alone is the bare value."""
        return {key: value if key == "status" else _bare(value, key) for key, value in self.expect.items()}


def _bare(value: Any, key: str) -> Any:
    if key == "text":
        return value if len(value) > 1 else value[0]
    simple = (str, int, float, bool, type(None))
    return {
        path: matcher["equals"]
        if set(matcher) == {"equals"} and isinstance(matcher["equals"], simple)
        else {name: _sized(operand) for name, operand in matcher.items()}
        for path, matcher in value.items()
    }


def _sized(operand: Any) -> Any:
    return operand["equals"] if isinstance(operand, dict) and set(operand) == {"equals"} else operand


def _is_status(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599


def _text(written: str) -> str:
    value = literal(written)
    if not isinstance(value, str):
        raise NotUnderstood("a name is a text")
    return value


# Statements


def read_check(checks: Checks, statement: str) -> None:
    """Add what the statement expects; raises `NotUnderstood` or `NoLiteral`."""
    if (found := re.match(r"tests\[[\s\S]+?\]\s*=\s*(?!=)([\s\S]+)$", statement)) is not None:
        parts = [_without_parentheses(part) for part in split_top(_without_parentheses(found[1]), "&&")]
        for part in parts:
            _condition(checks, part)
    elif statement.startswith("pm.response."):
        _response(checks, statement[len("pm.response.") :])
    elif (opened := _EXPECT.match(statement)) is not None:
        inner, rest = _argument(statement, opened.end())
        _chain(checks, inner, rest)
    else:
        raise NotUnderstood("it is not among the statements that are known")


def _without_parentheses(text: str) -> str:
    text = text.strip()
    while text.startswith("(") and _argument(text, 1)[1] == "":
        text = text[1:-1].strip()
    return text


def _argument(text: str, start: int) -> tuple[str, str]:
    """What stands between the bracket before `start` and its partner, and what follows."""
    end = closing(text, start)
    if end < 0:
        raise NotUnderstood("a bracket is not closed")
    return text[start:end], text[end + 1 :].strip()


def _condition(checks: Checks, text: str) -> None:
    """One comparison of an old `tests[…] = …`."""
    if (found := re.match(r"responseBody\.has\(([\s\S]+)\)$", text)) is not None:
        checks.add(Source("text"), "contains", _text(found[1]))
        return
    if (found := re.match(r"(!?\(?)\s*(['\"][^'\"]+['\"])\s+in\s+([\s\S]+?)\)?$", text)) is not None:
        source = checks.source(found[3])
        checks.add(Source("json", steps=(*source.steps, _text(found[2]))), "exists", "!" not in found[1])
        return
    compared = _COMPARED.split(text)
    if len(compared) == 3:
        source, operator = checks.source(compared[0]), _SIGNS[compared[1]]
        checks.add(source, operator, literal(compared[2]))
        return
    source = checks.source(text.removeprefix("!"))
    if source.kind not in ("header", "cookie"):
        raise NotUnderstood("whether a value is empty, zero or false is not told apart")
    checks.add(source, "exists", not text.startswith("!"))


def _response(checks: Checks, chain: str) -> None:
    """`pm.response.to.have.status(200)` and its kin."""
    words = _FILLER.sub("", f".{chain}").removeprefix(".")
    name, _, rest = words.partition("(")
    argument = rest.rpartition(")")[0]
    simple: dict[str, tuple[int, int]] = {"ok": (200, 200), "accepted": (202, 202), "badRequest": (400, 400)}
    simple |= {"unauthorized": (401, 401), "forbidden": (403, 403), "notFound": (404, 404), "rateLimited": (429, 429)}
    if name in ("status", "statusCode"):
        checks.add(Source("status"), "equals", literal(argument))
    elif name in simple and not rest:
        checks.add(Source("status"), "equals", simple[name][0])
    elif name == "success" and not rest:
        return  # a success is expected anyway
    elif name == "header":
        given = literals(argument)
        checks.add(Source("header", str(given[0])), *(("equals", given[1]) if len(given) > 1 else ("exists", True)))
    elif name == "jsonBody" and argument and not argument.lstrip().startswith("{"):
        given = literals(argument)
        steps = steps_from_javascript(f".{given[0]}")
        if steps is None:
            raise NotUnderstood("the way into the body is not plain")
        checks.add(Source("json", steps=steps), *(("equals", given[1]) if len(given) > 1 else ("exists", True)))
    elif name == "body" and argument:
        checks.add(Source("text"), "equals", literal(argument))
    elif name == "json" and not rest:
        checks.add(Source("header", "Content-Type"), "contains", "json")
    else:
        raise NotUnderstood("it is not among the statements that are known")


def _chain(checks: Checks, expression: str, chain: str) -> None:
    """`pm.expect(…).to.…`"""
    words = _FILLER.sub("", chain).removeprefix(".")
    negated = words.startswith("not.") or ".not" in chain
    words = words.removeprefix("not.").removeprefix("not")
    name, _, rest = words.partition("(")
    argument = rest.rpartition(")")[0].strip()
    if re.search(r"\)\s*\.", rest):
        raise NotUnderstood("several expectations in one")
    source = checks.source(expression)
    made = _MATCHERS.get(name)
    if made is not None:
        operator, operand = made(source, argument, negated)
        checks.add(source, operator, operand)
    elif name == "property":
        _property(checks, source, argument, negated)
    elif name in TAKES_NUMBER and not negated:
        checks.add(source, TAKES_NUMBER[name], literal(argument))
    else:
        raise NotUnderstood(f"`{name[:30]}` is not among the expectations that are known")


def _property(checks: Checks, source: Source, argument: str, negated: bool) -> None:
    given = literals(argument)
    if source.kind != "json" or not given or not isinstance(given[0], str):
        raise NotUnderstood("a property is one of the JSON body")
    inner = Source("json", steps=(*source.steps, given[0]))
    if len(given) > 1 and not negated:
        checks.add(inner, "equals", given[1])
    else:
        checks.add(inner, "exists", not negated)


def _equals(_: Source, argument: str, negated: bool) -> tuple[str, Any]:
    return ("not_equals" if negated else "equals"), literal(argument)


def _contains(_: Source, argument: str, negated: bool) -> tuple[str, Any]:
    return ("not_contains" if negated else "contains"), literal(argument)


def _one_of(_: Source, argument: str, negated: bool) -> tuple[str, Any]:
    if not (argument.startswith("[") and argument.endswith("]")):
        raise NotUnderstood("a list is expected")
    return ("not_one_of" if negated else "one_of"), literals(argument[1:-1])


def _type(_: Source, argument: str, negated: bool) -> tuple[str, Any]:
    value = literal(argument)
    if negated or value not in _TYPES:
        raise NotUnderstood("it is no type of JSON")
    return "type", value


def _length(_: Source, argument: str, negated: bool) -> tuple[str, Any]:
    value = literal(argument)
    if negated or not isinstance(value, int):
        raise NotUnderstood("a length is a number")
    return "length", value


def _matches(_: Source, argument: str, negated: bool) -> tuple[str, Any]:
    found = re.fullmatch(r"/(.+)/([imsu]*)", argument)
    if negated or found is None:
        raise NotUnderstood("a pattern is expected")
    pattern = f"(?{found[2].replace('u', '')}){found[1]}" if found[2].replace("u", "") else found[1]
    try:
        compile_regex(pattern)
    except ValueError as error:
        raise NotUnderstood("the pattern is none of RE2") from error
    return "matches", pattern


def _word(value: Any) -> Callable[[Source, str, bool], tuple[str, Any]]:
    return lambda _, __, negated: ("not_equals" if negated else "equals", value)


def _exists(_: Source, __: str, negated: bool) -> tuple[str, Any]:
    return "exists", not negated


def _missing(_: Source, __: str, negated: bool) -> tuple[str, Any]:
    return "exists", negated


def _empty(_: Source, __: str, negated: bool) -> tuple[str, Any]:
    return "empty", not negated


_MATCHERS: dict[str, Callable[[Source, str, bool], tuple[str, Any]]] = {
    **dict.fromkeys(("eql", "eq", "equal", "equals"), _equals),
    **dict.fromkeys(("include", "includes", "contain", "contains"), _contains),
    "oneOf": _one_of,
    **dict.fromkeys(("a", "an"), _type),
    **dict.fromkeys(("lengthOf", "length"), _length),
    "match": _matches,
    "true": _word(value=True),
    "false": _word(value=False),
    "null": _word(None),
    "exist": _exists,
    "undefined": _missing,
    "empty": _empty,
}
__all__ = ["Checks", "NoLiteral", "NotUnderstood", "Source", "read_check"]
