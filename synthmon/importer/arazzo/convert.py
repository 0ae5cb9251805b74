"""A document of workflows -> one probe for each that can be one."""

from __future__ import annotations

from synthmon.importer.arazzo.sources import sources
from synthmon.importer.arazzo.workflow import Converter
from synthmon.importer.draft import Drafts, Found, NotImportable, ProbeDraft, Wishes
from synthmon.importer.maker import Maker
from synthmon.importer.naming import Names, slug
from synthmon.importer.pick import items, mapping, text, words
from synthmon.importer.table import Row, Table


def convert(found: Found, wishes: Wishes) -> Drafts:
    """Raises `NotImportable` for another version, or where there is no workflow."""
    tree = mapping(found.tree)
    version = text(tree.get("arazzo"))
    if not version.startswith("1."):
        raise NotImportable(f"{found.label}: `arazzo: {version or '…'}` is no version that is read", hint="1.0 is")
    workflows = {text(one.get("workflowId")): one for one in map(mapping, items(tree.get("workflows")))}
    wanted = {name: one for name, one in workflows.items() if wishes.picks(name, words(one.get("summary")))}
    if not wanted:
        raise NotImportable(f"{found.label}: there is no workflow{' with such a name' if wishes.only else ''} in it")
    table = Table()
    known = sources(found, table)
    probes: list[ProbeDraft] = []
    rows: list[Row] = list(table.rows)
    names = Names("-")
    for name, workflow in wanted.items():
        maker = Maker(wishes)
        converter = Converter(maker, known, workflows, mapping(tree.get("components")))
        converter.convert(workflow)
        maker.steps.extend(converter.steps())
        for output in mapping(workflow.get("outputs")):
            maker.table.dropped(f"workflows.{name}.outputs.{output}", "output", "a probe gives nothing back")
        if maker.steps:
            own = names.new(wishes.name or slug(name, "workflow", joint="-", longest=50))
            probes.append(maker.draft(own, words(workflow.get("summary")) or name, text(workflow.get("description"))))
        else:
            maker.table.dropped(f"workflows.{name}", "the whole workflow", "none of its steps can be made")
        rows.extend(maker.rows())
    return Drafts(tuple(probes), tuple(dict.fromkeys(rows)))
