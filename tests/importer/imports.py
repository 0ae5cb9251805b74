"""Importing for tests: a file of the corpus, a text or a tree, as `synthmon import` would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthmon.app.configuration import Origin
from synthmon.app.importing import Given, Imported, Importer
from synthmon.importer.draft import ProbeDraft, StepDraft, Wishes
from synthmon.importer.table import Fate, count
from synthmon.probefile.problem import render

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
HOST = "https://api.example.com"


def importer(folder: Path = CORPUS) -> Importer:
    return Importer(Origin({}, None, folder), folder)


def of_corpus(name: str, **wishes: Any) -> Imported:
    """A file of the corpus, such as `har/har-to-k6-full.har`."""
    path = CORPUS / name
    return importer().run(Given(path.name, path.read_bytes(), path.parent), Wishes(**wishes))


def of_text(
    text: str, kind: str | None = None, label: str = "file", folder: Path | None = None, **wishes: Any
) -> Imported:
    return importer().run(Given(label, text.encode("utf-8", "surrogatepass"), folder, kind), Wishes(**wishes))


def of_tree(tree: Any, kind: str | None = None, **wishes: Any) -> Imported:
    return of_text(json.dumps(tree), kind, "file.json", **wishes)


def only_probe(imported: Imported) -> ProbeDraft:
    """The one probe that came out; what kept it from coming out is the message."""
    assert len(imported.drafts.probes) == 1, [row for row in imported.drafts.rows if row.fate is Fate.DROPPED]
    assert not imported.warnings, render(imported.warnings)
    return imported.drafts.probes[0]


def only_step(imported: Imported) -> StepDraft:
    [step] = only_probe(imported).steps
    return step


def written(imported: Imported) -> str:
    """All that is written, probes and table together."""
    return "\n".join(imported.files.values())


def counts(imported: Imported) -> tuple[int, int, int]:
    counted = count(imported.drafts.rows)
    return counted[Fate.KEPT], counted[Fate.CHANGED], counted[Fate.DROPPED]


def reasons(imported: Imported, fate: Fate = Fate.DROPPED) -> dict[str, str]:
    """What -> why."""
    return {row.what: row.why for row in imported.drafts.rows if row.fate is fate}


def collection(*items: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return {"info": {"name": "Shop", "schema": schema}, "item": list(items), **more}


def scripted(*lines: str, **request: Any) -> dict[str, Any]:
    """A request of a collection with a test script."""
    asked = {"method": "GET", "url": "https://shop.example.com/api/me", **request}
    return {"name": "Read", "request": asked, "event": [{"listen": "test", "script": {"exec": list(lines)}}]}


def exchange(method: str, path: str, answer: Any = None, **more: Any) -> dict[str, Any]:
    """An entry of a recording: a request and, unless `answer` is None, the JSON that it was answered with."""
    request: dict[str, Any] = {"method": method, "url": f"https://shop.example.com{path}", "headers": []}
    request |= more.pop("request", {})
    response: dict[str, Any] = {"status": 200, "headers": [], "content": {"mimeType": "application/json"}}
    if answer is not None:
        response["content"]["text"] = json.dumps(answer)
    response |= more.pop("response", {})
    return {"request": request, "response": response, **more}


def recording(*entries: Mapping[str, Any]) -> dict[str, Any]:
    return {"log": {"version": "1.2", "entries": list(entries)}}


def api(paths: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"openapi": "3.0.3", "info": {"title": "Shop"}, "servers": [{"url": HOST}], "paths": paths, **more}


def on_this_machine(imported: Imported, folder: Path) -> Path:
    """The one probe as a file; `mine` lets it reach this machine, which is where the tests' servers are."""
    for name, text in imported.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    [path] = folder.glob("*.yaml")
    return path
