"""Small values to keep: runs, incidents and debts with as little said as each test needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from synthmon.model.history import MissedSlot, ProbeVersion
from synthmon.model.incident import (
    Health,
    HealthChange,
    Incident,
    IncidentStatus,
    Message,
    Notification,
    Occasion,
    RegionPhase,
    RegionState,
    RunNote,
    TrackState,
)
from synthmon.model.probe import Severity, Track
from synthmon.model.run import (
    AssertionResult,
    Exchange,
    ExchangePurpose,
    Failure,
    FailureKind,
    Outcome,
    Phases,
    RunKey,
    RunKind,
    RunResult,
    StepResult,
)

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


def run(
    slot: float = 0,
    *,
    probe: str = "checkout",
    region: str = "local",
    kind: RunKind = RunKind.SCHEDULED,
    n: int = 0,
    outcome: Outcome = Outcome.PASSED,
) -> RunResult:
    broken = outcome.broken
    failures = (Failure(FailureKind.STATUS, "status was 500"),) if broken else ()
    return RunResult(
        key=RunKey("production", probe, region, at(slot), kind, n),
        started_at=at(slot + 0.004),
        duration=0.25,
        outcome=outcome,
        steps=tuple(step(f"step-{number}", number, outcome, failures) for number in range(4)),
        failures=failures,
        failed_step="step-0" if broken else None,
        latency=0.25,
        probe_hash="a" * 64,
    )


def step(name: str, number: int, outcome: Outcome, failures: tuple[Failure, ...]) -> StepResult:
    status = 500 if outcome.broken else 200
    phases = Phases(first_byte=round(0.04 + number / 1000, 6), transfer=0.000031, total=round(0.041 + number / 1000, 6))
    return StepResult(
        id=name,
        name=name.capitalize(),
        outcome=outcome,
        offset=number / 16,
        duration=0.05,
        latency=0.045,
        phases=phases,
        status=status,
        assertions=(AssertionResult("status", "2xx", str(status), passed=not outcome.broken),),
        failures=failures,
        exchanges=(Exchange(ExchangePurpose.REQUEST, "GET", f"http://shop.test/{name}", number / 16, phases, status),),
    )


def missed(slot: float, *, probe: str = "checkout", region: str = "local", reason: str = "not_running") -> MissedSlot:
    return MissedSlot(probe, region, at(slot), reason)


def note(slot: float = 0) -> RunNote:
    return RunNote("run", at(slot), "local", "pay", "Pay", FailureKind.STATUS, "status was 500", "2xx", "500")


def incident(
    opened: float = 0,
    *,
    probe: str = "checkout",
    track: Track = Track.DOWN,
    generation: int = 1,
    resolved: float | None = None,
) -> Incident:
    return Incident(
        environment="production",
        probe=probe,
        probe_title=probe.capitalize(),
        track=track,
        generation=generation,
        severity=Severity.PAGE,
        opened_at=at(opened),
        began_at=at(opened - 60),
        regions=("local",),
        reason="two runs in a row failed",
        cause=note(opened - 60),
        channels=("pager",),
        alert="down",
        status=IncidentStatus.OPEN if resolved is None else IncidentStatus.RESOLVED,
        resolved_at=None if resolved is None else at(resolved),
    )


def owed(
    about: Incident,
    occasion: Occasion = Occasion.TRIGGER,
    *,
    channel: str = "pager",
    created: float = 0,
    sequence: int = 0,
) -> Notification:
    message = Message(
        title=f"{about.probe} is down",
        summary="two runs in a row failed",
        probe=about.probe,
        probe_title=about.probe_title,
        environment=about.environment,
        track=about.track,
        severity=about.severity,
        occasion=occasion,
        began_at=about.began_at,
        decided_at=at(created),
        regions=about.regions,
        basis="judged on 1 of 1 region",
        incident_id=about.id,
    )
    return Notification(
        about.id, about.generation, occasion, channel, about.dedup_key, at(created), message, sequence=sequence
    )


def state(probe: str = "checkout", region: str = "local", phase: RegionPhase = RegionPhase.UP) -> RegionState:
    return RegionState(
        probe,
        region,
        tracks={Track.DOWN: TrackState(phase, count=1, since=at(0), recent=(False, True), first_bad=note())},
        last_order=(1_763_856_000_000, "scheduled", 0),
        last_slot=at(0),
        last_outcome="failed",
        last_run_id="run",
    )


def change(seconds: float, health: Health, *, probe: str = "checkout", region: str | None = None) -> HealthChange:
    return HealthChange(probe, region, at(seconds), health, f"became {health}")


def version(probe: str = "checkout", content: str = "one", *, interval: float = 60) -> ProbeVersion:
    return ProbeVersion(
        probe, content, MIDNIGHT, None, probe.capitalize(), interval, 15.0, ("local", "eu-west"), f"name: {probe}\n"
    )
