"""Parameters of an operation -> its path, query, headers and cookies, written by the style that each one has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import field
from typing import Any
from urllib.parse import quote

from synthmon.importer.holes import around
from synthmon.importer.maker import Maker
from synthmon.importer.naming import slug
from synthmon.importer.openapi.document import Document, Operation
from synthmon.importer.openapi.sample import Maker as SampleMaker
from synthmon.importer.openapi.sample import Sample, written_example
from synthmon.importer.pick import items, mapping, text
from synthmon.importer.sensitive import is_sensitive
from synthmon.nouns import dataclass

_IGNORED = frozenset({"accept", "content-type", "authorization"})
_JOINTS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_VAGUE = frozenset({"id", "uid", "uuid", "name", "key", "slug", "code"})

Given = Callable[[str, str], Any]
"""A value that something else has for a parameter (place, name): a link, a workflow. None where there is none."""


@dataclass(slots=True)
class Placed:
    """What the parameters come to."""

    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[tuple[str, str]] = field(default_factory=list)


def declared(document: Document, operation: Operation) -> list[dict[str, Any]]:
    """The operation's parameters and those of its path, of which the operation's own win."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for raw in (*items(operation.shared.get("parameters")), *items(operation.tree.get("parameters"))):
        one = mapping(document.follow(raw))
        if text(one.get("name")):
            found[text(one.get("in")), text(one.get("name"))] = one
    return list(found.values())


def place_parameters(maker: Maker, document: Document, operation: Operation, given: Given) -> Placed:
    """A parameter of the path always has a value; others only where it is required or an example is written."""
    placed = Placed(operation.path)
    for one in declared(document, operation):
        where, name = text(one.get("in")), text(one.get("name"))
        place = f"{operation.place}.parameters.{name}"
        if where == "header" and name.lower() in _IGNORED:
            maker.table.dropped(place, f"header {name}", "OpenAPI ignores it here; bodies and security say it")
            continue
        value = given(where, name)
        if value is None:
            value = _value(maker, document, operation, one, place)
        if value is not None:
            _put(maker, placed, one, value, place)
    _fill_rest(maker, placed, operation, given)
    return placed


def _value(maker: Maker, document: Document, operation: Operation, one: dict[str, Any], place: str) -> Any:
    """The value from the file, as a variable where a person will want to change it; None to leave it out."""
    where, name = text(one.get("in")), text(one.get("name"))
    required = where == "path" or one.get("required") is True
    sample = _sample(document, one)
    if is_sensitive(name) and required:
        if isinstance(sample.value, str) and not sample.made_up:
            maker.vault.hide(sample.value, slug(name, "secret"), f"the {where} parameter {name}")
        return maker.need(slug(name, "secret"), f"the {where} parameter {name}", place)
    if sample.made_up and not required:
        maker.table.dropped(place, f"{where} parameter", "it is optional, and no example of it is written")
        return None
    if where != "path":
        if sample.made_up:
            why = f"no example is written; {_short(sample.value)} is made up"
            maker.table.changed(place, f"{where} parameter", why)
        else:
            maker.table.kept(place, f"{where} parameter", _short(sample.value))
        return sample.value if not isinstance(sample.value, str) else _not_secret(maker, name, sample.value)
    return _variable(maker, operation, name, sample, place)


def _not_secret(maker: Maker, name: str, value: str) -> str:
    return maker.vault.hide(value, slug(name, "secret"), f"the parameter {name}") if is_sensitive(name) else value


def _sample(document: Document, one: dict[str, Any]) -> Sample:
    written = written_example(document, one)
    if written is None:
        for media in mapping(one.get("content")).values():
            written = written_example(document, media) or SampleMaker(document).sample(mapping(media).get("schema"))
            break
    return written or SampleMaker(document).sample(one.get("schema", {"type": "string"}))


def _variable(maker: Maker, operation: Operation, name: str, sample: Sample, place: str) -> Any:
    """A part of the path: what exists there differs from installation to installation."""
    if isinstance(sample.value, list | dict):
        why = f"{'no example is written; ' if sample.made_up else ''}{_short(sample.value)} is written out"
        maker.table.changed(place, "path parameter", why)
        return sample.value
    wanted = _called(operation, name)
    remark = "made up: set it to one that exists" if sample.made_up else ""
    hole = maker.variable(wanted, sample.value if sample.value is not None else "set-me", remark)
    if sample.made_up:
        why = f"no example is written; {maker.holes.plain(hole)} has to be set to one that exists"
        maker.table.changed(place, "path parameter", why)
    else:
        maker.table.kept(place, "path parameter", maker.holes.plain(hole))
    return hole


def _called(operation: Operation, name: str) -> str:
    """`id` of `/pets/{id}` is `pet_id`."""
    if name.lower() not in _VAGUE:
        return name
    before = operation.path.partition(f"{{{name}}}")[0].strip("/").split("/")[-1]
    return f"{before.removesuffix('s')}_{name}" if before and "{" not in before else name


def _fill_rest(maker: Maker, placed: Placed, operation: Operation, given: Given) -> None:
    """Parts of the path that the document forgot to declare."""
    while "{" in placed.path and "}" in placed.path.partition("{")[2]:
        before, _, rest = placed.path.partition("{")
        name, _, after = rest.partition("}")
        value = given("path", name)
        hole = value if isinstance(value, str) else maker.variable(name, "set-me", "not declared: set it")
        maker.table.changed(operation.place, f"path parameter {name}", "the document does not declare it")
        placed.path = f"{before}{hole}{after}"


def _put(maker: Maker, placed: Placed, one: dict[str, Any], value: Any, place: str) -> None:
    where, name = text(one.get("in")), text(one.get("name"))
    if mapping(one.get("content")):
        value = _as_json(maker, value)
    usual = text(one.get("style"), "form") in ("form", "", "deepObject") and where in ("query", "cookie")
    explode = one.get("explode", usual)
    if where == "path":
        placed.path = placed.path.replace(f"{{{name}}}", _in_path(one, name, value, explode=explode is True))
    elif where == "query":
        placed.query.extend(_in_query(one, name, value, explode=explode is True))
    elif where == "header":
        placed.headers.append((name, _joined(value, ",", explode=explode is True)))
    elif where == "cookie":
        placed.cookies.append((name, _joined(value, ",", explode=False)))
    else:
        maker.table.dropped(place, f"parameter in {where or 'nowhere'}", "there is no such place in a request")


def _as_json(maker: Maker, value: Any) -> str:
    """JSON text; of a value that is known only in a run, an expression that makes it."""
    expression = maker.holes.only(value) if isinstance(value, str) else None
    return maker.holes.put(f"json({expression})") if expression else json.dumps(value, ensure_ascii=False)


def _in_path(one: dict[str, Any], name: str, value: Any, *, explode: bool) -> str:
    style = text(one.get("style"), "simple")
    if style == "label":
        return "." + _joined(value, "." if explode else ",", explode=explode, safe=False)
    if style == "matrix":
        if explode and isinstance(value, list):
            return "".join(f";{name}={_escaped(one)}" for one in value)
        if explode and isinstance(value, dict):
            return "".join(f";{key}={_escaped(one)}" for key, one in value.items())
        return f";{name}={_joined(value, ',', explode=False, safe=False)}"
    return _joined(value, ",", explode=explode, safe=False)


def _in_query(one: dict[str, Any], name: str, value: Any, *, explode: bool) -> list[tuple[str, str]]:
    style = text(one.get("style"), "form")
    if isinstance(value, dict) and style == "deepObject":
        return [(f"{name}[{key}]", _plain(inner)) for key, inner in value.items()]
    if isinstance(value, dict) and explode:
        return [(str(key), _plain(inner)) for key, inner in value.items()]
    if isinstance(value, list) and explode and style not in _JOINTS:
        return [(name, _plain(inner)) for inner in value]
    return [(name, _joined(value, _JOINTS.get(style, ","), explode=False))]


def _joined(value: Any, joint: str, *, explode: bool, safe: bool = True) -> str:
    made = _plain if safe else _escaped
    if isinstance(value, list):
        return joint.join(map(made, value))
    if isinstance(value, dict):
        sign = "=" if explode else joint
        return joint.join(f"{made(key)}{sign}{made(inner)}" for key, inner in value.items())
    return made(value)


def _plain(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else text(value)


def _escaped(value: Any) -> str:
    return around(_plain(value), lambda part: quote(part, safe=""))


def _short(value: Any) -> str:
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 60 else f"{written[:59]}…"
