"""Every figure of a report as a table, a line each: what the JSON holds, for spreadsheets and databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from synthmon.reports import document
from synthmon.reports.figures.report import Report
from synthmon.reports.sheet import cell

COLUMNS = ("period", "probe", "figure", "value")


def render(report: Report) -> str:
    """CSV with a heading; `figure` is a path such as `regions.eu.availability`. Empty: there is no such figure."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    whole = document.to_json(report)
    period = whole["period"]["name"]
    for figure, value in _flat("outages", whole["outages"]):
        table.writerow((period, "", figure, cell(value)))
    for probe in whole["probes"]:
        for name, part in probe.items():
            if name not in {"name", "title", "owner", "tags"}:
                for figure, value in _flat(name, part):
                    table.writerow((period, cell(probe["name"]), cell(figure), cell(value)))
    return out.getvalue()


def _flat(path: str, value: Any) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(f"{path}.{key}", part)
    elif isinstance(value, list):
        for part in value:
            yield from _flat(f"{path}.{_name(part)}", part)
    else:
        yield path, int(value) if isinstance(value, bool) else value


def _name(part: dict[str, Any]) -> str:
    """What an entry of a list is told by: the step that it is about, its name, or when it was."""
    if "id" in part or "step" in part:
        return str(part.get("id") or part.get("step") or "journey")
    return str(part.get("name") or part["at"])
