"""Notifications, what ends soon, maintenance, hygiene and the watching itself: what stands beside the probes."""

from __future__ import annotations

from typing import Any

from synthmon.model.quiet import Quiet
from synthmon.reports.fields.instants import instant
from synthmon.reports.figures.beside import Beside
from synthmon.reports.figures.report import Report
from synthmon.reports.figures.watching import Happening, Watching


def notices(report: Report) -> dict[str, Any]:
    found = _of(report).notices
    return {
        "notifications": {
            "channels": [
                {
                    "channel": one.channel,
                    "sent": one.sent,
                    "retried": one.retried,
                    "waiting": one.waiting,
                    "given_up": one.given_up,
                    "error": one.error,
                }
                for one in found.channels
            ],
            "kept_back": [
                {"at": instant(one.at), "incident": one.incident.id, "probe": one.incident.probe, "why": one.why}
                for one in found.kept_back
            ],
        }
    }


def expiring(report: Report) -> dict[str, Any]:
    return {
        "expiring": [
            {
                "kind": one.kind,
                "name": one.name,
                "until": instant(one.until),
                "seconds_left": one.left.total_seconds(),
                "whom": list(one.whom),
            }
            for one in _of(report).expiring
        ]
    }


def maintenance(report: Report) -> dict[str, Any]:
    beside = _of(report)
    return {"maintenance": {name: [_quiet(one) for one in getattr(beside, name)] for name in ("done", "coming")}}


def hygiene(report: Report) -> dict[str, Any]:
    found = _of(report).hygiene
    return {
        "hygiene": {
            "lacking": {one.lack.value: list(one.probes) for one in found.lacking},
            "lasting": [_quiet(one) for one in found.quiets],
        }
    }


def watching(report: Report) -> dict[str, Any]:
    found = _of(report).watch
    return {"watching": None if found is None else _watching(found)}


def _watching(one: Watching) -> dict[str, Any]:
    late = {f"p{round(100 * part)}": one.late.quantile(part) for part in (0.5, 0.99)}
    return {
        "late": {**late, "max": one.late.maximum if one.late.count else None, "runs": one.late.count},
        "missed": dict(one.missed),
        "unjudged": {kind.value: count for kind, count in one.unjudged.items()},
        "terms": [_happening(happened) for happened in one.terms],
        "clock_jumps": [_happening(happened) for happened in one.jumps],
    }


def _happening(one: Happening) -> dict[str, Any]:
    return {"at": instant(one.at), "what": one.what}


def _quiet(one: Quiet) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "covers": str(one.covers),
        "start": instant(one.start),
        "end": instant(one.ends_at),
        "reason": one.reason,
        "author": one.author,
    }


def _of(report: Report) -> Beside:
    return report.beside or Beside()
