"""A collection as a flat list of requests in their order, each with what it inherits from its folders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from synthmon.importer.draft import NotImportable
from synthmon.importer.pick import at, items, mapping, text, words
from synthmon.nouns import dataclass

_MOST_ITEMS = 2000
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Script:
    """JavaScript that would run `before` or `after` the request; `place` is where it stands."""

    before: bool
    code: str
    place: str


@dataclass(frozen=True, slots=True)
class Item:
    """One request. `auth` and `behaviour` are its own or the nearest folder's."""

    number: int
    name: str
    place: str
    folder: str
    request: dict[str, Any]
    auth: dict[str, Any]
    scripts: tuple[Script, ...]
    behaviour: dict[str, Any] = field(default_factory=dict)
    examples: tuple[dict[str, Any], ...] = ()
    description: str = ""


def check_version(tree: Any) -> None:
    """Raises `NotImportable` for what is no collection of version 2."""
    top = mapping(tree)
    if "requests" in top and "item" not in top:
        hint = "import it into Postman and export it as Collection v2.1, or use postman-collection-transformer"
        raise NotImportable("this is a collection of version 1, which Postman itself reads no longer", hint=hint)
    if not isinstance(top.get("item"), list):
        raise NotImportable("a collection has a list `item`, and this file has none")


def flatten(tree: Any) -> list[Item]:
    """All requests in the order in which a runner sends them."""
    top = mapping(tree)
    found: list[Item] = []
    scripts = tuple(_scripts(top, "the collection"))
    for one in _walk(items(top.get("item")), _Above(mapping(top.get("auth")), scripts, _behaviour(top)), "item", 0):
        if len(found) >= _MOST_ITEMS:
            raise NotImportable(f"the collection has more than {_MOST_ITEMS} requests", hint="export a folder of it")
        found.append(Item(len(found), *one))
    return found


@dataclass(frozen=True, slots=True)
class _Above:
    """What requests inherit."""

    auth: dict[str, Any]
    scripts: tuple[Script, ...]
    behaviour: dict[str, Any]
    folder: str = ""


def _walk(found: list[Any], above: _Above, place: str, depth: int) -> Iterator[tuple[Any, ...]]:
    if depth > _DEEPEST:
        raise NotImportable(f"{place}: folders stand inside one another deeper than {_DEEPEST}")
    for number, raw in enumerate(found):
        one, here = mapping(raw), f"{place}[{number}]"
        name = words(one.get("name")) or here
        auth = mapping(one.get("auth")) or above.auth
        own = (*above.scripts, *_scripts(one, f"{here} {name}"))
        behaviour = {**above.behaviour, **_behaviour(one)}
        if isinstance(one.get("item"), list):
            folder = f"{above.folder} / {name}" if above.folder else name
            yield from _walk(one["item"], _Above(auth, own, behaviour, folder), f"{here}.item", depth + 1)
        elif "request" in one:
            request = one["request"] if isinstance(one["request"], dict) else {"url": one["request"]}
            own = (*own, *_scripts(request, f"{here} {name}"))
            auth = mapping(request.get("auth")) or auth
            examples = tuple(map(mapping, items(one.get("response"))))
            told = _description(request.get("description") or one.get("description"))
            yield name, f"{here} {name}", above.folder, request, auth, own, behaviour, examples, told


def _behaviour(one: dict[str, Any]) -> dict[str, Any]:
    return mapping(one.get("protocolProfileBehavior"))


def _description(value: Any) -> str:
    return text(at(value, "content")) if isinstance(value, dict) else text(value)


def _scripts(one: dict[str, Any], place: str) -> Iterator[Script]:
    events = one.get("event")
    for event in events if isinstance(events, list) else [events]:
        code = at(event, "script", "exec")
        joined = "\n".join(map(text, code)) if isinstance(code, list) else text(code)
        if joined.strip():
            before = text(at(event, "listen")) == "prerequest"
            yield Script(before, joined, f"{place}, {'pre-request script' if before else 'test script'}")


def description(tree: Any) -> str:
    return _description(at(tree, "info", "description"))
