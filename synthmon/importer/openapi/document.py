"""A document and its references: each followed within bounds, to places of the same file or of files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any
from urllib.parse import unquote

from synthmon.importer.draft import Beside, NotImportable
from synthmon.importer.pick import mapping, text
from synthmon.nouns import dataclass

_MOST_HOPS = 30
METHODS = ("get", "head", "options", "post", "put", "patch", "delete", "trace", "query")
_ESCAPED = re.compile("~[01]")


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` is as it is written, with `{name}`; `shared` is the path item that the operation stands in."""

    method: str
    path: str
    tree: dict[str, Any]
    shared: dict[str, Any]

    @property
    def place(self) -> str:
        return f"paths.{self.path}.{self.method.lower()}"

    @property
    def id(self) -> str:
        return text(self.tree.get("operationId"))

    @property
    def title(self) -> str:
        return text(self.tree.get("summary")) or self.id or f"{self.method} {self.path}"

    @property
    def tags(self) -> list[str]:
        tags = self.tree.get("tags")
        return [text(tag) for tag in tags if text(tag)] if isinstance(tags, list) else []


@dataclass(slots=True)
class Document:
    """`label` names the file for people; `beside` reads what references lead to."""

    tree: dict[str, Any]
    label: str
    beside: Beside
    copy: str = ""  # where a copy for checking answers will lie, below the probes folder
    broken: dict[str, str] = field(default_factory=dict)  # references that lead nowhere, and why

    def follow(self, value: Any) -> Any:
        """What stands at the end of references; None for one that leads nowhere or in a circle."""
        seen: list[str] = []
        root: Any = self.tree
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            reference = value["$ref"]
            if reference in seen or len(seen) > _MOST_HOPS:
                self.broken[reference] = "it leads in a circle"
                return None
            seen.append(reference)
            root, value = self._target(reference, root)
        return value

    def _target(self, reference: str, root: Any) -> tuple[Any, Any]:
        file, _, pointer = reference.partition("#")
        if file:
            if "://" in file or file.startswith("//"):
                self.broken[reference] = "it leads to the network, and nothing is fetched"
                return root, None
            try:
                root = self.beside(file)
            except NotImportable as error:
                self.broken[reference] = str(error)
                return root, None
        found: Any = root
        for part in pointer.split("/")[1:]:
            name = _ESCAPED.sub(lambda mark: "/" if mark[0] == "~1" else "~", unquote(part))
            if isinstance(found, list) and name.isascii() and name.isdigit() and int(name[:6]) < len(found):
                found = found[int(name[:6])]
            else:
                found = mapping(found).get(name)
        if found is None:
            self.broken[reference] = "there is no such place"
        return root, found

    def operations(self) -> Iterator[Operation]:
        """All operations, in the order of the file."""
        for path, raw in mapping(self.tree.get("paths")).items():
            item = mapping(self.follow(raw))
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    yield Operation(method.upper(), str(path), item[method], item)

    def find(self, operation_id: str) -> Operation | None:
        return next((one for one in self.operations() if one.id == operation_id), None)


def document(tree: Any, label: str, beside: Beside) -> Document:
    """Raises `NotImportable` for another version, with what to do."""
    top = mapping(tree)
    version = text(top.get("openapi"))
    if "swagger" in top:
        hint = "convert it to OpenAPI 3, for example with https://converter.swagger.io or the tool swagger2openapi"
        raise NotImportable(f"{label}: this is Swagger {text(top['swagger'])}; OpenAPI 3 is read", hint=hint)
    if not version.startswith("3."):
        raise NotImportable(f"{label}: `openapi: {version or '…'}` is no version that is read", hint="3.0 and 3.1 are")
    if not mapping(top.get("paths")):
        raise NotImportable(f"{label}: the document has no `paths`, so there is nothing to ask for")
    return Document(top, label, beside)
