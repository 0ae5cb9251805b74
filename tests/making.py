"""Small builders of values for tests: everything has a sensible default, tests name what they are about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from synthmon.model.answer import Expect
from synthmon.model.history import MissedSlot, ProbeVersion, RunRow
from synthmon.model.incident import Health, HealthChange, Incident, RunNote
from synthmon.model.journey import Journey, Step
from synthmon.model.probe import AlertRule, Probe, ProbeRegion, Severity, Track
from synthmon.model.request import RequestSpec
from synthmon.model.run import (
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
from synthmon.model.text import Source

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HERE = Source("probes/checkout.yaml", 1, 1)


def at(seconds: float, base: datetime = NOON) -> datetime:
    return base + timedelta(seconds=seconds)


def probe(name: str = "checkout", **changes: Any) -> Probe:
    """A probe of one step every minute in the region `local`, with the usual rule."""
    step = Step("pay", "Pay", RequestSpec("GET", "http://127.0.0.1:1/"), Expect(source=HERE), HERE, latency_budget=1.0)
    values: dict[str, Any] = {
        "name": name,
        "title": f"Customer can {name}",
        "journey": Journey((step,), timeout=10.0),
        "interval": 60.0,
        "regions": (ProbeRegion("local"),),
        "alerts": (AlertRule(f"{name} is down", Track.DOWN, 2, 2),),
        "content_hash": "0" * 64,
        "path": f"probes/{name}.yaml",
        "yaml": "synthmon: 1\n",
    }
    return Probe(**{**values, **changes})


def key(slot: datetime = NOON, name: str = "checkout", region: str = "local", **changes: Any) -> RunKey:
    return RunKey("test", name, region, slot, **changes)


def failure(kind: FailureKind = FailureKind.STATUS, message: str = "answered 500, expected 201") -> Failure:
    return Failure(kind, message, expected="201", actual="500", source="probes/checkout.yaml:9:7")


def step(
    step_id: str = "pay", outcome: Outcome = Outcome.PASSED, latency: float | None = 0.2, **changes: Any
) -> StepResult:
    phases = Phases(0.001, 0.002, None, 0.001, (latency or 0.0) * 0.9, 0.003, latency)
    values: dict[str, Any] = {
        "id": step_id,
        "name": step_id.capitalize(),
        "outcome": outcome,
        "offset": 0.0,
        "duration": latency or 0.0,
        "latency": latency,
        "latency_budget": 1.0,
        "phases": phases,
        "status": 500 if outcome is Outcome.FAILED else 201,
        "failures": (failure(),) if outcome is Outcome.FAILED else (),
        "exchanges": (
            Exchange(ExchangePurpose.REQUEST, "POST", "http://127.0.0.1:8421/api/checkout", 0.0, phases, status=201),
        ),
    }
    return StepResult(**{**values, **changes})


def run(slot: datetime = NOON, outcome: Outcome = Outcome.PASSED, **changes: Any) -> RunResult:
    """A run of one step that ended with the outcome."""
    name, region = changes.pop("name", "checkout"), changes.pop("region", "local")
    kind, n = changes.pop("kind", RunKind.SCHEDULED), changes.pop("n", 0)
    broken = outcome in {Outcome.FAILED, Outcome.DEGRADED, Outcome.ERROR}
    made = step(outcome=outcome, latency=changes.pop("step_latency", 0.2))
    values: dict[str, Any] = {
        "key": RunKey("test", name, region, slot, kind, n),
        "started_at": slot,
        "duration": 0.25,
        "outcome": outcome,
        "steps": (made,) if outcome is not Outcome.SKIPPED else (),
        "failures": made.failures,
        "failed_step": "pay" if broken else None,
        "latency": 0.25,
    }
    return RunResult(**{**values, **changes})


def row(slot: datetime = NOON, outcome: Outcome = Outcome.PASSED, **changes: Any) -> RunRow:
    values: dict[str, Any] = {
        "probe": "checkout",
        "region": "local",
        "kind": RunKind.SCHEDULED,
        "n": 0,
        "started_at": slot,
        "duration": 0.25,
        "latency": 0.25,
        "failed_step": None,
        "failure_kind": None,
        "message": None,
        "flaky": False,
        "late": 0.0,
        "cleanup_failed": False,
        "suspect": False,
    }
    values |= changes
    made = RunKey("test", values["probe"], values["region"], slot, values["kind"], values["n"])
    return RunRow(id=made.id, slot=slot, outcome=outcome, **values)


def missed(slot: datetime, name: str = "checkout", region: str = "local") -> MissedSlot:
    return MissedSlot(name, region, slot, "no_result")


def version(name: str = "checkout", since: datetime = NOON, **changes: Any) -> ProbeVersion:
    values: dict[str, Any] = {
        "content_hash": "0" * 64,
        "until": None,
        "title": f"Customer can {name}",
        "interval": 60.0,
        "timeout": 10.0,
        "regions": ("local",),
        "yaml": "synthmon: 1\n",
    }
    return ProbeVersion(probe=name, since=since, **{**values, **changes})


def change(
    at_: datetime, health: Health, reason: str = "", name: str = "checkout", region: str | None = None
) -> HealthChange:
    return HealthChange(name, region, at_, health, reason)


def incident(began_at: datetime = NOON, **changes: Any) -> Incident:
    values: dict[str, Any] = {
        "environment": "test",
        "probe": "checkout",
        "probe_title": "Customer can checkout",
        "track": Track.DOWN,
        "generation": 1,
        "severity": Severity.PAGE,
        "opened_at": began_at + timedelta(seconds=6),
        "regions": ("local",),
        "reason": 'down: step "Pay" answered 500, expected 201',
        "cause": RunNote("run-1", began_at, "local", "pay", "Pay", FailureKind.STATUS, "answered 500", "201", "500"),
        "channels": ("console",),
        "alert": "checkout is down",
    }
    return Incident(began_at=began_at, **{**values, **changes})
