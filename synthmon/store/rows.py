"""Small rules that every store follows: what a run's row holds, in which order things come, what a merge keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.model.agent import Consignment, Refusal
from synthmon.model.history import ProbeVersion, RunRow
from synthmon.model.incident import Incident, IncidentStatus
from synthmon.model.run import RunResult

CAUSE = "cause"  # the line of a timeline in which a person says what it was
TAKEN_ON = "taken on; nobody is reminded of it for now"  # the name stands beside it
FORGOTTEN_AFTER = timedelta(days=7)  # agents that were not heard of for so long


def row_of(result: RunResult) -> RunRow:
    """The columns of a run: what lists and strips show without reading its steps."""
    failure = result.failures[0] if result.failures else None
    key = result.key
    return RunRow(
        id=result.id,
        probe=key.probe,
        region=key.region,
        slot=key.slot,
        kind=key.kind,
        n=key.n,
        outcome=result.outcome,
        started_at=result.started_at,
        duration=result.duration,
        latency=result.latency,
        failed_step=result.failed_step,
        failure_kind=failure.kind.value if failure else None,
        message=failure.message if failure else result.reason,
        flaky=result.flaky,
        late=result.quality.late,
        cleanup_failed=result.cleanup_failed,
        suspect=result.quality.suspect,
    )


def run_order(row: RunRow) -> tuple[datetime, str, str, str, int]:
    """Runs come by (slot, probe, region, kind, n)."""
    return (row.slot, row.probe, row.region, row.kind.value, row.n)


def incident_order(incident: Incident) -> tuple[datetime, int, str]:
    """Incidents come by this, the newest first."""
    return (incident.opened_at, incident.generation, incident.id)


def merged(incoming: Incident, kept: Incident | None) -> Incident:
    """The incident as the judge wants it, with what people said of it while it was judging."""
    if kept is not None and kept.found is not None:
        incoming = replace(incoming, found=kept.found)
    if kept is None or kept.acknowledged_at is None or incoming.acknowledged_at is not None:
        return incoming
    if incoming.acknowledgement_ended_at is not None and kept.acknowledged_at < incoming.acknowledgement_ended_at:
        return incoming  # it has expired
    status = IncidentStatus.ACKNOWLEDGED if incoming.current else incoming.status
    return replace(incoming, status=status, acknowledged_at=kept.acknowledged_at, acknowledged_by=kept.acknowledged_by)


def same_version(kept: ProbeVersion, loaded: ProbeVersion) -> bool:
    """Whether nothing that due slots are counted by has changed."""
    return (kept.content_hash, kept.interval, kept.timeout, kept.regions) == (
        loaded.content_hash,
        loaded.interval,
        loaded.timeout,
        loaded.regions,
    )


def refusals(consignment: Consignment) -> tuple[Refusal, ...]:
    """The records that will not be taken, with why."""
    return tuple(Refusal(one.seq, one.refused) for one in consignment.records if one.refused is not None)
