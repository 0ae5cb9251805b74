"""`links` of answers: what one operation's answer gives to another one's parameters, as captures and references."""

from __future__ import annotations

from typing import Any

from synthmon.importer.jsonpaths import from_pointer
from synthmon.importer.maker import Maker
from synthmon.importer.openapi.document import Document, Operation
from synthmon.importer.openapi.parameters import Given
from synthmon.importer.pick import mapping, text


class Links:
    """Knows the links of the operations that have become steps already."""

    def __init__(self, maker: Maker, api: Document) -> None:
        self._maker, self._api = maker, api
        self._known: dict[tuple[str, str], tuple[str, str]] = {}  # (operation, parameter) -> (source, expression)
        self._captures: dict[str, dict[str, Any]] = {}
        self._names: dict[tuple[str, str], str] = {}

    def learn(self, operation: Operation) -> None:
        """Remember where the answer of a step leads."""
        for code, raw in mapping(operation.tree.get("responses")).items():
            if not str(code).startswith("2"):
                continue
            answer = mapping(self._api.follow(raw))
            for name, link in mapping(answer.get("links")).items():
                told = mapping(self._api.follow(link))
                target = self._target(told)
                place = f"{operation.place}.responses.{code}.links.{name}"
                if target is None:
                    self._maker.table.dropped(place, "link", "it leads to no operation of the document")
                    continue
                for parameter, expression in mapping(told.get("parameters")).items():
                    if _capture(text(expression)) is None:
                        why = "its value does not come from an answer"
                        self._maker.table.dropped(place, f"link: {parameter} = {text(expression)}", why)
                    else:
                        bare = str(parameter).rpartition(".")[2]
                        self._known.setdefault((target, bare), (operation.place, text(expression)))

    def _target(self, link: dict[str, Any]) -> str | None:
        if wanted := text(link.get("operationId")):
            found = self._api.find(wanted)
            return found.place if found else None
        parts = text(link.get("operationRef")).partition("#/paths/")[2].split("/")
        if len(parts) != 2:
            return None
        path = parts[0].replace("~1", "/").replace("~0", "~")
        known = ((one.path, one.method.lower(), one.place) for one in self._api.operations())
        return next((place for known_path, method, place in known if (known_path, method) == (path, parts[1])), None)

    def given(self, operation: Operation) -> Given:
        """What earlier answers have for the parameters of this operation."""
        return lambda where, name: self._value(operation, where, name)

    def _value(self, operation: Operation, where: str, name: str) -> Any:
        """The reference to what an earlier answer brought, or None."""
        source = self._known.get((operation.place, name))
        if source is None:
            return None
        capture = self._names.get(source)
        if capture is None:
            capture = self._names[source] = self._maker.capture(name)
            self._captures.setdefault(source[0], {})[capture] = _capture(source[1])
        place = f"{operation.place}.parameters.{name}"
        self._maker.table.kept(place, f"{where} parameter", f"‹captures.{capture}›, by a link from {source[0]}")
        return self._maker.holes.put(f"captures.{capture}")

    def captures(self, operation: Operation) -> dict[str, Any]:
        return self._captures.get(operation.place, {})


def _capture(expression: str) -> Any:
    """A runtime expression as a capture; None for what no answer brings."""
    if expression.startswith("$response.body#"):
        return from_pointer(expression.partition("#")[2])
    if expression.startswith("$response.header."):
        return {"header": expression.removeprefix("$response.header.")}
    return None
