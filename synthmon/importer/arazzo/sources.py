"""The source descriptions of a document: OpenAPI files beside it, found by path or by the name at the end of a url."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from synthmon.importer.draft import Found, NotImportable
from synthmon.importer.openapi.document import Document, Operation, document
from synthmon.importer.pick import items, mapping, text
from synthmon.importer.requests import NoStep
from synthmon.importer.table import Table
from synthmon.language.suggest import did_you_mean
from synthmon.nouns import dataclass

_POINTER = re.compile(r"^\{?\$sourceDescriptions\.([^.}]+)\.url\}?#/paths/([^/]+)(?:/([a-z]+))?$")


@dataclass(slots=True)
class Sources:
    """`known` are the documents by their names; `missing` says why others could not be read."""

    known: dict[str, Document] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def operation(self, step: dict[str, Any]) -> tuple[Document, Operation]:
        """What a step asks for; raises `NoStep`."""
        if path := text(step.get("operationPath")):
            return self._by_path(path)
        wanted = text(step.get("operationId"))
        if not wanted:
            raise NoStep("it names neither an operation nor a workflow")
        name, _, rest = wanted.removeprefix("$sourceDescriptions.").partition(".")
        if wanted.startswith("$sourceDescriptions."):
            api = self._document(name)
            if (found := api.find(rest)) is None:
                close = did_you_mean(rest, [one.id for one in api.operations()])
                raise NoStep(f"{api.label} has no operation {rest!r}" + (f"; did you mean {close!r}?" if close else ""))
            return api, found
        for api in self.known.values():
            if (found := api.find(wanted)) is not None:
                return api, found
        raise NoStep(f"no document that could be read has an operation {wanted!r}{self._why()}")

    def _document(self, name: str) -> Document:
        if name not in self.known:
            raise NoStep(self.missing.get(name, f"there is no source description {name!r}"))
        return self.known[name]

    def _why(self) -> str:
        return f" ({'; '.join(self.missing.values())})" if self.missing else ""

    def _by_path(self, written: str) -> tuple[Document, Operation]:
        found = _POINTER.match(written)
        if found is None:
            raise NoStep(f"the operationPath {written!r} is not understood")
        api = self._document(found[1])
        path = found[2].replace("~1", "/").replace("~0", "~")
        there = [one for one in api.operations() if one.path == path and found[3] in (None, one.method.lower())]
        if len(there) != 1:
            raise NoStep(f"{api.label} has {'several operations' if there else 'no operation'} at {path}")
        return api, there[0]


def sources(found: Found, table: Table) -> Sources:
    """The documents that can be read; what cannot is told of, and fails the steps that need it."""
    made = Sources()
    for number, one in enumerate(map(mapping, items(mapping(found.tree).get("sourceDescriptions")))):
        name, url = text(one.get("name")), text(one.get("url"))
        place = f"sourceDescriptions[{number}] {name}"
        if text(one.get("type"), "openapi") == "arazzo":
            made.missing[name] = f"{name} is another file of workflows; import it by itself"
            table.dropped(place, url, "another file of workflows; import it by itself")
            continue
        file = url.rpartition("/")[2].partition("?")[0] if "://" in url else url
        try:
            made.known[name] = document(found.beside(file), file, found.beside)
        except NotImportable as error:
            why = f"{error}" if "://" not in url else f"{url} is not fetched; keep it as {file} beside this file"
            made.missing[name] = why
            table.dropped(place, url, why)
            continue
        if "://" in url:
            table.changed(place, url, f"nothing is fetched; {file} beside it is read")
        else:
            table.kept(place, url, "its operations")
    return made
