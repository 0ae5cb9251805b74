"""The table of an import for people: as text in columns, as Markdown to be kept, as values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from synthmon.importer.draft import Drafts, ProbeDraft
from synthmon.importer.table import Fate, Row, count, summary

_ORDER = (Fate.KEPT, Fate.CHANGED, Fate.DROPPED)


def as_values(drafts: Drafts, written: Sequence[str]) -> dict[str, Any]:
    return {
        "files": list(written),
        "probes": [_probe(probe) for probe in drafts.probes],
        "counts": {str(fate): number for fate, number in count(drafts.rows).items()},
        "rows": [{"fate": str(row.fate), "place": row.place, "what": row.what, "why": row.why} for row in drafts.rows],
    }


def _probe(probe: ProbeDraft) -> dict[str, Any]:
    return {
        "name": probe.name,
        "steps": [step.id for step in probe.steps],
        "secrets": [
            {"name": need.name, "variable": variable_of(need.name), "where": need.where} for need in probe.secrets
        ],
    }


def variable_of(secret: str) -> str:
    """The environment variable that a secret is read from."""
    return f"SYNTHMON_SECRET_{secret.upper()}"


def as_markdown(drafts: Drafts, source: str) -> str:
    """The table as it is kept beside the probes."""
    return "\n".join(_markdown(drafts, source)) + "\n"


def _markdown(drafts: Drafts, source: str) -> Iterator[str]:
    yield f"# What `synthmon import` made of {_cell(source)}"
    yield ""
    yield f"{summary(drafts.rows)}."
    for probe in drafts.probes:
        yield ""
        yield f"* `{probe.name}`: {len(probe.steps)} step{'s' if len(probe.steps) != 1 else ''}"
        for need in probe.secrets:
            yield f"  * provide the secret `{need.name}` ({_cell(need.where)}) in `{variable_of(need.name)}`"
    for fate in _ORDER:
        rows = [row for row in drafts.rows if row.fate is fate]
        if rows:
            yield from ("", f"## {str(fate).capitalize()}", "", f"| where | what | {_heading(fate)} |", "|---|---|---|")
            yield from (f"| {_cell(row.place)} | {_cell(row.what)} | {_cell(row.why)} |" for row in rows)


def _heading(fate: Fate) -> str:
    return "became" if fate is Fate.KEPT else "why"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")


def in_order(rows: Sequence[Row]) -> Iterator[tuple[Fate, list[Row]]]:
    """The rows by what became of them, each in the order of the file."""
    for fate in _ORDER:
        of_fate = [row for row in rows if row.fate is fate]
        if of_fate:
            yield fate, of_fate
