"""A report as JSON, for programs: every figure unrounded, null where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from synthmon.reports.fields import beside, beyond, head, incidents, probe
from synthmon.reports.figures.report import ProbeFigures, Report

FORMAT = 1

# A new section or part is a file in `fields` and a line here; no two may give the same key.
_BEFORE: tuple[Callable[[Report], dict[str, Any]], ...] = (head.fields, beyond.of_all)
_AFTER: tuple[Callable[[Report], dict[str, Any]], ...] = (
    incidents.fields,
    beside.notices,
    beside.expiring,
    beside.maintenance,
    beside.hygiene,
    beside.watching,
)
_OF_PROBE: tuple[Callable[[ProbeFigures, Report], dict[str, Any]], ...] = (
    probe.figures,
    probe.regions,
    probe.states,
    probe.objectives,
    probe.latency,
    probe.notes,
    beyond.outages,
    beyond.near,
    beyond.disagreements,
    beyond.comparisons,
    beyond.creeps,
    beyond.phases,
    beyond.releases,
)


def render(report: Report) -> str:
    """The document, its keys in a fixed order; the same report gives the same bytes. Durations are in seconds."""
    return json.dumps(to_json(report), ensure_ascii=False, indent=2) + "\n"


def to_json(report: Report) -> dict[str, Any]:
    return {
        "format": FORMAT,
        **{key: value for section in _BEFORE for key, value in section(report).items()},
        "probes": [_probe(one, report) for one in report.probes],
        **{key: value for section in _AFTER for key, value in section(report).items()},
    }


def _probe(one: ProbeFigures, report: Report) -> dict[str, Any]:
    return {key: value for part in _OF_PROBE for key, value in part(one, report).items()}
