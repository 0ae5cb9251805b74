"""What the report is about, and how complete it is."""

from __future__ import annotations

from typing import Any

from synthmon.reports import wording
from synthmon.reports.fields.instants import instant
from synthmon.reports.figures.report import Report


def fields(report: Report) -> dict[str, Any]:
    return {
        "environment": report.environment,
        "period": {
            "kind": report.period.kind.value,
            "name": report.period.name,
            "start": instant(report.period.start),
            "end": instant(report.period.end),
            "zone": str(report.period.zone),
        },
        "as_of": instant(report.as_of),
        "closed": report.closed,
        "last_result": instant(report.last_result),
        "configuration": report.configuration,
        "subject": wording.subject(report),
        "remark": report.remark,
        "about": report.about,
    }
