"""Good runs recorded without a network, and probes proven by them in a few lines."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from synthmon.engine.fault import Wire
from synthmon.engine.onetime import MemoryCodes
from synthmon.engine.ports import Clock, Surroundings
from synthmon.engine.tokens import MemoryTokens
from synthmon.engine.walk import walk
from synthmon.model.probe import Probe
from synthmon.model.run import Phases, RunKey, RunKind
from synthmon.probefile.problem import render
from synthmon.prove.proof import Proof
from synthmon.prove.proving import Choice, not_good, prove
from synthmon.prove.replay import Stage
from synthmon.prove.tape import Tape
from tests.engine.world import GivenSecrets, SettableStall, SettableStop, routes
from tests.probefile.writing import parse

SECRETS = {"shop_password": "correct-horse-battery", "client_secret": "s3cr3t-of-the-client"}
WIRE = Wire(Phases(dns=0.002, connect=0.001, tls=0.005, send=0.0, first_byte=0.010, transfer=0.002, total=0.02))
REUSED = Wire(Phases(send=0.0, first_byte=0.010, transfer=0.002, total=0.012), reused=True)


class Ticking:
    """A clock that moves on at every look, so that no two looks show the same; it waits in no time."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        self.seconds = 1000.0

    def now(self) -> datetime:
        self.at += timedelta(seconds=1.7)
        return self.at

    def monotonic(self) -> float:
        self.seconds += 0.000_1
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def recorded(probe: Probe | str, answers: Mapping[str, Any] | Callable[[httpx.Request], httpx.Response]) -> Stage:
    """A stage with the probe's good run; answers by `METHOD /path` are as `tests.engine.world.routes` takes them."""
    probe = written(probe) if isinstance(probe, str) else probe
    handler = answers if callable(answers) else routes(answers)
    met: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        response = handler(request)
        response.extensions["synthmon.wire"] = REUSED if request.url.host in met else WIRE
        met.add(request.url.host)
        return response

    tape, clock, secrets = Tape(7), Ticking(), GivenSecrets(SECRETS)
    surroundings = Surroundings(
        clock=tape.clock(Clock(clock.now, clock.monotonic, clock.sleep)),
        chance=random.Random(7),
        secrets=secrets,
        tokens=MemoryTokens(),
        codes=MemoryCodes(),
        stop=SettableStop(),
        stall=SettableStall(),
        user_agent="synthmon/0.1.0",
    )
    region = probe.regions[0]
    key = RunKey("test", probe.name, region.name, clock.at, RunKind.MANUAL)
    result = walk(probe, key, region, surroundings, tape.transport(httpx.MockTransport(answer)))
    assert not_good(result) is None, not_good(result)
    return Stage(probe, region, tape.recording(key), secrets, random.Random)


def written(text: str) -> Probe:
    probe, problems = parse(text)
    assert probe is not None, render(problems)
    return probe


def proof_of(stage: Stage, *only: str, seed: int = 0) -> Proof:
    """The proof, of some mutations or of all."""
    return prove(stage, Choice(frozenset(only), seed=seed))


def told(proof: Proof) -> list[tuple[str, str, str]]:
    """Step, place and what became of each fault."""
    return [(one.fault.step, one.fault.place, one.noticed.value) for one in proof.tried]


def missed(proof: Proof) -> list[str]:
    return [f"{one.fault.mutation} {one.fault.place}" for one in proof.tried if not one.passed]


def reasons(proof: Proof) -> dict[str, str]:
    """Why what does not apply does not, by place."""
    return {one.place: one.reason for one in proof.excused}
