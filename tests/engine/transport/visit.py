"""Runs over the real wire: the walk, the client and the transport as a daemon joins them, against loopback."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx

from synthmon.engine.limits import Limits
from synthmon.engine.onetime import MemoryCodes
from synthmon.engine.ports import Clock, Stop, Surroundings
from synthmon.engine.tokens import MemoryTokens
from synthmon.engine.transport import Transport
from synthmon.engine.walk import walk
from synthmon.model.journey import Step
from synthmon.model.network import Network
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.reach import Reach, Trust
from synthmon.model.run import Exchange, Failure, FailureKind, Outcome, RunKey, RunKind, RunResult, StepResult
from tests.engine.transport.raw import Connection, RawServer, Script
from tests.engine.transport.ways import Forced
from tests.engine.world import SLOT, GivenSecrets, SettableStall, SettableStop, probe, step

TIMEOUT = 3.0  # seconds a step may take in these tests unless they say otherwise
GRACE = 1.0  # seconds after a deadline by which everything must be over, on a machine that is busy


@dataclass(frozen=True)
class Seen:
    """What one run found, and the seconds it took."""

    result: RunResult
    took: float

    @property
    def step(self) -> StepResult:
        """The last step that was executed."""
        return [found for found in self.result.steps if found.outcome is not Outcome.SKIPPED][-1]

    @property
    def outcome(self) -> Outcome:
        return self.result.outcome

    @property
    def failure(self) -> Failure:
        return self.result.failures[0]

    @property
    def kind(self) -> FailureKind:
        return self.failure.kind

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(exchange for found in self.result.steps for exchange in found.exchanges)


@dataclass(frozen=True)
class Way:
    """How the targets of a run are reached, and whom it may reach."""

    network: Network = field(default_factory=Network)
    reach: Reach = field(default_factory=Reach)
    trust: Trust = Trust.OPERATOR


DIRECT = Way()


@dataclass
class Visitor:
    """Walks journeys one after the other, each a run of its own, over one transport."""

    transport: Transport
    secrets: dict[str, str] = field(default_factory=dict)
    stop: SettableStop = field(default_factory=SettableStop)
    runs: int = 0

    def hang_up_on(self, connection: Connection) -> None:
        """What a server does for which nobody waits any more: we are stopped as soon as there is a connection."""
        self.stop.asked = True
        assert self.transport.hang_up()
        connection.hold()

    def walk(self, *steps: Step, timeout: float = 60.0, way: Way = DIRECT, **journey: object) -> Seen:
        """Asserts what holds for every run: it ends by its deadline, whatever the target does."""
        declared = probe(*steps, timeout=timeout, **journey)
        region = replace(declared.regions[0], network=way.network)
        declared = replace(declared, regions=(region,), reach=way.reach, trust=way.trust)
        self.runs += 1
        key = RunKey("test", declared.name, "local", SLOT, RunKind.MANUAL, self.runs)
        began = time.monotonic()
        result = walk(declared, key, declared.regions[0], self._surroundings(), self.transport)
        took = time.monotonic() - began
        assert took < min(timeout, sum(one.timeout for one in steps)) + GRACE, f"{took:.2f} s, {result.failures}"
        return Seen(result, took)

    def run(self, declared: Probe, region: ProbeRegion) -> RunResult:
        """One run of a whole probe in one of its regions."""
        self.runs += 1
        key = RunKey("test", declared.name, region.name, SLOT, RunKind.MANUAL, self.runs)
        return walk(declared, key, region, self._surroundings(), self.transport)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            clock=Clock(lambda: datetime.now(UTC), time.monotonic, time.sleep),
            chance=random.Random(7),
            secrets=GivenSecrets(self.secrets),
            tokens=MemoryTokens(),
            codes=MemoryCodes(),
            stop=self.stop,
            stall=SettableStall(),
            user_agent="synthmon/0.1.0",
        )


@contextmanager
def visiting(
    ca_file: str | None = None, limits: Limits | None = None, secrets: Mapping[str, str] | None = None
) -> Iterator[Visitor]:
    stop = SettableStop()
    with transport_of(stop, ca_file, limits) as transport:
        yield Visitor(transport, dict(secrets or {}), stop)


forced: str | None = None  # the way that exchanges go, where a test asks for one: see `ways`


@contextmanager
def transport_of(
    stop: Stop | None = None, ca_file: str | None = None, limits: Limits | None = None
) -> Iterator[Transport]:
    """A daemon's, or one that goes the way that the test asks for, and has gone no other in the end."""
    if forced is None:
        with Transport(stop=stop, ca_file=ca_file, limits=limits) as transport:
            yield transport
        return
    with Forced(forced, stop, ca_file, limits) as transport:
        yield transport
    assert transport.went <= {forced}


def visit(
    server: RawServer | Script, url: str = "/", method: str = "GET", *, limits: Limits | None = None, **of_step: object
) -> Seen:
    """One run of one step against a server or a script for one."""
    if isinstance(server, RawServer):
        with visiting(limits=limits) as visitor:
            return visitor.walk(step("visit", server.url + url, method, **{"timeout": TIMEOUT, **of_step}))
    with RawServer(server) as started:
        return visit(started, url, method, limits=limits, **of_step)


def send(
    transport: httpx.BaseTransport,
    method: str,
    url: str,
    *,
    run: object = 1.0,
    timeout: float = TIMEOUT,
    **more: object,
) -> httpx.Response:
    """One exchange by the transport alone, for what no journey can ask for."""
    build: Callable[..., httpx.Request] = httpx.Request
    request = build(method, url, **more)
    request.extensions |= {"synthmon.deadline": time.monotonic() + timeout, "synthmon.run": run}
    return transport.handle_request(request)
