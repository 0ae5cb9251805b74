"""Results as a shop's checkout leaves them behind: four steps that passed, with figures that never repeat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from synthmon.model.run import (
    AssertionResult,
    Exchange,
    ExchangePurpose,
    Outcome,
    Phases,
    Quality,
    RunKey,
    RunResult,
    StepResult,
)

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
STEPS = (("log-in", "POST"), ("cart", "POST"), ("checkout", "POST"), ("order", "GET"))


def numbered(chance: Random, number: int) -> RunResult:
    """The run of that second since midnight, of one probe in one region."""
    return typical(chance, RunKey("production", "checkout", "eu-west", MIDNIGHT + timedelta(seconds=number)))


def moved(run: RunResult, number: int) -> RunResult:
    """The same as another run, of another second."""
    return replace(run, key=replace(run.key, slot=MIDNIGHT + timedelta(seconds=number)))


def typical(chance: Random, key: RunKey, probe_hash: str = "c0ffee" * 10) -> RunResult:
    """A run of a shop's checkout that passed: four requests, three assertions each, figures that never repeat."""
    steps, offset = [], 0.0002
    for place, (name, method) in enumerate(STEPS):
        step = _step(chance, place, name, method, offset)
        steps.append(step)
        offset += step.duration
    return RunResult(
        key=key,
        started_at=key.slot + timedelta(milliseconds=chance.randrange(9)),
        duration=offset,
        outcome=Outcome.PASSED,
        steps=tuple(steps),
        quality=Quality(late=chance.uniform(0, 0.003), lag=chance.uniform(0, 0.002)),
        probe_hash=probe_hash,
        latency=offset,
        latency_budget=3.0,
    )


def _step(chance: Random, place: int, name: str, method: str, offset: float) -> StepResult:
    first_byte, transfer = chance.uniform(0.01, 0.2), chance.uniform(1e-5, 1e-4)
    phases = Phases(send=chance.uniform(1e-5, 1e-4), first_byte=first_byte, transfer=transfer, total=first_byte + 0.002)
    if place == 0:
        dns, connect, tls = chance.uniform(1e-4, 1e-3), chance.uniform(1e-3, 2e-2), chance.uniform(1e-2, 4e-2)
        phases = replace(phases, dns=dns, connect=connect, tls=tls)
    at = f"probes/checkout.yaml:{20 + 9 * place}"
    exchange = Exchange(
        purpose=ExchangePurpose.REQUEST,
        method=method,
        url=f"https://shop.example.com/api/{name}",
        offset=offset + 0.0001,
        phases=phases,
        status=200,
        address="203.0.113.7:443",
        http_version="1.1",
        reused=place > 0,
        received=chance.randrange(100, 4000),
    )
    return StepResult(
        id=name,
        name=name.capitalize(),
        outcome=Outcome.PASSED,
        offset=offset,
        duration=first_byte + 0.003,
        latency=first_byte,
        latency_budget=1.0,
        phases=phases,
        status=200,
        assertions=(
            AssertionResult("status", "2xx", "200", passed=True, source=f"{at}:7"),
            AssertionResult("$.id", "exists", "a text", passed=True, source=f"{at}:9"),
            AssertionResult("schema", "schemas/order.schema.json", "valid", passed=True, source=f"{at}:11"),
        ),
        exchanges=(exchange,),
        captured={"order": str(chance.randrange(10**6))},
    )
