"""A document -> one probe, or one for each tag where there are many operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from synthmon.importer.draft import Drafts, Found, ProbeDraft, StepDraft, Wishes
from synthmon.importer.maker import MOST_STEPS, READING, Maker
from synthmon.importer.naming import Names, slug
from synthmon.importer.openapi.copying import copy_of
from synthmon.importer.openapi.document import Document, Operation, document
from synthmon.importer.openapi.links import Links
from synthmon.importer.openapi.step import step_of
from synthmon.importer.pick import at, mapping, text, words
from synthmon.importer.requests import NoStep
from synthmon.importer.table import Row, Table

_IN_ONE = 15  # operations that stand in one probe, whatever their tags
_MOST_PROBES = 100


def convert(found: Found, wishes: Wishes) -> Drafts:
    """Raises `NotImportable` for another version, or where nothing says which host is asked."""
    api = document(found.tree, found.label, found.beside)
    table = Table()
    wanted = [one for one in api.operations() if _is_wanted(one, wishes, table)]
    _tell_rest(api, table)
    probes: list[ProbeDraft] = []
    rows: list[Row] = list(table.rows)
    title = words(at(api.tree, "info", "title")) or found.label
    base = wishes.name or slug(title, "api", joint="-", longest=35)
    api.copy = f"schemas/{base}.openapi.json"
    names = Names("-")
    for tag, operations in _groups(wanted):
        name = names.new(f"{base}-{slug(tag, 'more', joint='-', longest=24)}" if tag else base)
        maker = Maker(wishes)
        _fill(maker, api, operations)
        if maker.steps and len(probes) < _MOST_PROBES:
            told = text(at(api.tree, "info", "description"))
            probes.append(maker.draft(name, f"{title}: {tag}" if tag else title, told))
        rows.extend(maker.rows())
    why = "the part of the document that refers to it is left out"
    rows.extend(_broken(api, why))
    return Drafts(tuple(probes), tuple(dict.fromkeys(rows)), {api.copy: copy_of(api.tree)})


def _is_wanted(operation: Operation, wishes: Wishes, table: Table) -> bool:
    what = f"{operation.method} {operation.path}"
    if not wishes.picks(operation.id, what, operation.title, *operation.tags):
        table.dropped(operation.place, what, "it is not what `--only` names")
        return False
    if operation.method not in READING and not wishes.writes:
        table.dropped(operation.place, what, "it may change something at each run; `--writes` takes it")
        return False
    return True


def _tell_rest(api: Document, table: Table) -> None:
    """What else a document has, and a probe has not."""
    for name in mapping(api.tree.get("webhooks")):
        table.dropped(f"webhooks.{name}", "webhook", "the API asks there, and a probe only asks")
    for operation in api.operations():
        for name in mapping(operation.tree.get("callbacks")):
            place = f"{operation.place}.callbacks.{name}"
            table.dropped(place, "callback", "the API asks there, and a probe only asks")


def _groups(operations: list[Operation]) -> Iterable[tuple[str, list[Operation]]]:
    """Operations by their first tag, or all together where they are few."""
    tags = list(dict.fromkeys((one.tags or [""])[0] for one in operations))
    if len(operations) <= _IN_ONE or len(tags) < 2:
        return [("", operations)]
    return [(tag or "other", [one for one in operations if (one.tags or [""])[0] == tag]) for tag in tags]


def _fill(maker: Maker, api: Document, operations: list[Operation]) -> None:
    links = Links(maker, api)
    made: list[tuple[StepDraft, Operation]] = []
    for operation in operations:
        what = f"{operation.method} {operation.path}"
        if len(made) >= MOST_STEPS:
            why = f"a probe has {MOST_STEPS} steps at most here; `--only` takes others"
            maker.table.dropped(operation.place, what, why)
            continue
        try:
            step = step_of(maker, api, operation, links.given(operation))
        except NoStep as error:
            maker.table.dropped(operation.place, what, str(error))
            continue
        made.append((step, operation))
        links.learn(operation)
    maker.steps.extend(replace(step, capture=links.captures(operation)) for step, operation in made)


def _broken(api: Document, why: str) -> list[Row]:
    table = Table()
    for reference, reason in api.broken.items():
        table.dropped(api.label, f"$ref {reference}", f"{reason}; {why}")
    return list(table.rows)
