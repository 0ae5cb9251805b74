"""Several remedies of one step as one piece of YAML to paste, together with what the step says at the same places."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from synthmon.model.answer import Expect, Matcher
from synthmon.model.journey import Step
from synthmon.model.text import Template, Tree
from synthmon.prove.mutation import Remedy

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _./@+-]*(?<! )")
_PLAIN_IN_BLOCK = re.compile(r"[A-Za-z$](?:[^:#\"'\\\x00-\x1f\x7f-\U0010ffff]|:(?=\S))*(?<! )")
_PATH = re.compile(r"\$[A-Za-z0-9_.\[\]*?!@-]*")
_NO_TEXT = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}  # the last six are text, and read better so
_NEEDLESS = ("type", "length", "at_least", "exists")  # beside `equals`


def merged(step: Step, remedies: Iterable[Remedy]) -> Remedy:
    """One remedy of all of them. Where the step has an assertion already, that one with more operators in it."""
    together: dict[str, Any] = {}
    for remedy in remedies:
        _merge(together, remedy)
    wanted = together.get("expect", {})
    for key, declared in _declared(step.expect).items():
        places = wanted.get(key, {})
        for name in places:
            if name in declared:
                places[name] = _with_operators(_matcher(declared[name]), places[name])
    if "text" in wanted:
        wanted["text"] = _texts([*map(_matcher, step.expect.text), *_listed(wanted["text"])])
    return together


def _declared(expect: Expect) -> dict[str, dict[str, Matcher]]:
    return {"headers": dict(expect.headers), "cookies": dict(expect.cookies), "json": dict(expect.json)}


def _merge(into: dict[str, Any], more: Remedy) -> None:
    for key, value in more.items():
        if key == "expect":
            _merge(into.setdefault(key, {}), value)
        elif key in {"headers", "cookies", "json"}:
            places = into.setdefault(key, {})
            for name, operators in value.items():
                places[name] = _with_operators(places[name], operators) if name in places else operators
        elif key == "text":
            into[key] = _texts([*_listed(into.get(key, [])), *_listed(value)])
        else:
            into.setdefault(key, value)


def _with_operators(first: Any, second: Any) -> Any:
    """Both sets of operators; what is said more exactly stands for both."""
    one, other = _operators(first), _operators(second)
    result = {**one, **{name: operand for name, operand in other.items() if name not in one}}
    for name in ("each", "any"):
        if name in one and name in other:
            result[name] = _operators(_with_operators(one[name], other[name]))
    if "length" in one and "length" in other:
        result["length"] = other["length"] if isinstance(other["length"], int) else one["length"]
    if "equals" in result:
        result = {name: operand for name, operand in result.items() if name not in _NEEDLESS}
    alone = result.get("equals") if set(result) == {"equals"} else None
    return result if alone is None or isinstance(alone, dict) else alone


def _texts(matchers: list[Any]) -> Any:
    """Sets of operators for the text; as a list where there are several, as each may say `contains` for itself."""
    different = [one for at, one in enumerate(matchers) if one not in matchers[:at]]
    return different[0] if len(different) == 1 else different


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _operators(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {"equals": value}


def _matcher(matcher: Matcher) -> Any:
    """The operators as they are written in YAML."""
    return {
        str(one.operator): _matcher(one.operand) if isinstance(one.operand, Matcher) else _tree(one.operand)
        for one in matcher.conditions
    }


def _tree(tree: Tree) -> Any:
    match tree:
        case Template():
            return "".join(
                part.replace("${{", "$${{") if isinstance(part, str) else f"${{{{ {part.text.strip()} }}}}"
                for part in tree.parts
            )
        case str():
            return tree.replace("${{", "$${{")
        case tuple():
            return [_tree(item) for item in tree]
        case Mapping():
            return {key: _tree(value) for key, value in tree.items()}
    return tree


def yaml(remedy: Remedy, indent: int = 0) -> list[str]:
    """Lines of YAML: keys of a step in blocks, operators in braces."""
    lines: list[str] = []
    space = " " * indent
    for key, value in remedy.items():
        name = key if _PATH.fullmatch(key) or _PLAIN.fullmatch(key) else _quoted(key)
        if key in {"expect", "headers", "cookies", "json"} and isinstance(value, Mapping):
            lines += [f"{space}{name}:", *yaml(value, indent + 2)]
        else:
            lines.append(f"{space}{name}: {_value(value, flow=False)}")
    return lines


def _quoted(text: str) -> str:
    """A text of YAML in double quotes, with everything escaped that a terminal could take for a command."""
    return '"' + "".join(map(_char, text)) + '"'


def _char(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _value(value: Any, *, flow: bool) -> str:
    match value:
        case Mapping():
            return (
                "{"
                + ", ".join(f"{_value(key, flow=True)}: {_value(below, flow=True)}" for key, below in value.items())
                + "}"
            )
        case list():
            return "[" + ", ".join(_value(item, flow=True) for item in value) + "]"
        case str():
            plain = _PLAIN if flow else _PLAIN_IN_BLOCK
            return value if plain.fullmatch(value) and value.lower() not in _NO_TEXT else _quoted(value)
    return json.dumps(value)
