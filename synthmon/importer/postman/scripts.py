"""The scripts of a request: well-known statements become captures, variables and expectations, all others rows."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from synthmon.importer.maker import Maker
from synthmon.importer.postman.checks import Checks, NotUnderstood, read_check
from synthmon.importer.postman.collection import Item, Script
from synthmon.importer.postman.javascript import NoLiteral, literal, shown, split_top, statements
from synthmon.importer.postman.variables import Variables
from synthmon.importer.sensitive import is_sensitive
from synthmon.nouns import dataclass

_SET = re.compile(
    r"(?:pm\.(?:environment|globals|collectionVariables|variables)\.set|postman\.set(?:Environment|Global)Variable)"
    r"\s*\(([\s\S]*)\)$"
)
_NOISE = re.compile(
    r"console\.|(?:pm\.(?:environment|globals|collectionVariables|variables)\.(?:unset|clear)|postman\.clear)"
)
_NEXT = re.compile(r"(?:postman|pm\.execution)\.setNextRequest")


@dataclass(slots=True)
class Read:
    """What the scripts of one request gave."""

    checks: Checks = field(default_factory=Checks)
    captures: dict[str, Any] = field(default_factory=dict)


def read_scripts(maker: Maker, item: Item, variables: Variables) -> Read:
    """Everything the scripts around one request say, in order."""
    read = Read()
    for script in item.scripts:
        for statement in statements(script.code):
            if statement.conditional:
                why = "what runs only under a condition, in a loop or in a function is not taken over"
                maker.table.dropped(script.place, shown(statement.text), why)
            else:
                _statement(maker, item, script, read, variables, statement.text)
    return read


def _statement(maker: Maker, item: Item, script: Script, read: Read, variables: Variables, code: str) -> None:
    try:
        became = _understood(maker, item, script, read, variables, code)
    except NoLiteral:
        maker.table.dropped(script.place, shown(code), "it compares or computes with what is not written out")
    except NotUnderstood as error:
        maker.table.dropped(script.place, shown(code), str(error))
    else:
        if became:
            maker.table.kept(script.place, shown(code), became)


def _understood(maker: Maker, item: Item, script: Script, read: Read, variables: Variables, code: str) -> str:
    """What became of the statement; empty for one that only prepares others. Raises `NotUnderstood`, `NoLiteral`."""
    if (found := _SET.match(code)) is not None:
        return _set(maker, item, script, read, variables, found[1])
    if _NOISE.match(code):
        raise NotUnderstood("it logs or tidies up; every run begins anew")
    if _NEXT.match(code):
        raise NotUnderstood("steps run in the order of the file")
    if script.before:
        raise NotUnderstood("a probe computes nothing before a request")
    if read.checks.learn(code):
        return ""
    read_check(read.checks, code)
    return "an expectation"


def _set(maker: Maker, item: Item, script: Script, read: Read, variables: Variables, arguments: str) -> str:
    """`pm.environment.set("token", …)`"""
    given = split_top(arguments, ",")
    name = literal(given[0]) if given else None
    if len(given) < 2 or not isinstance(name, str):
        raise NotUnderstood("which variable it sets is computed")
    value = ",".join(given[1:]).strip()
    try:
        written = literal(value)
    except NoLiteral:
        if script.before:
            raise
        return _capture(maker, item, read, variables, name, value)
    known = variables.values.setdefault(name, written)
    if known != written:
        raise NotUnderstood("the variable has another value already, and a variable of a probe does not change")
    return f"the variable {name}" if not is_sensitive(name) else f"the secret {name}"


def _capture(maker: Maker, item: Item, read: Read, variables: Variables, name: str, value: str) -> str:
    how = read.checks.source(value).capture
    capture = maker.capture(name)
    secret = is_sensitive(name) or name in variables.hidden
    if secret:
        how = {**({"json": how} if isinstance(how, str) else how), "secret": True}
    read.captures[capture] = how
    variables.captured.setdefault(name, []).append((item.number, capture))
    return f"the capture {capture}" + (" (secret)" if secret else "")
