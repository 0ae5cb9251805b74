"""The same run again, offline: the engine above a transport that answers from the recording, in time of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field, fields, replace
from datetime import datetime, timedelta

import httpx

from synthmon import __version__
from synthmon.engine.fault import TransportFault, Wire, timed_out
from synthmon.engine.onetime import MemoryCodes
from synthmon.engine.ports import Chance, Clock, SecretSource, Surroundings
from synthmon.engine.tokens import MemoryTokens
from synthmon.engine.walk import walk
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import ExchangePurpose, Failure, FailureKind, Phases, RunResult
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass
from synthmon.prove.recording import Lane, Recording, Taken

UNANSWERED = "the recording has no answer to this request"


@dataclass(frozen=True, slots=True)
class Change:
    """What is answered in place of the exchange `at` of a lane, and of every later one there, unless `once`.

    `after` answers whoever follows a redirect that the change brought.
    """

    lane: Lane
    at: int
    taken: Taken
    once: bool = False
    after: Taken | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What replays share: the probe as it runs in a region, its good run, and what the engine is handed."""

    probe: Probe
    region: ProbeRegion
    recording: Recording
    secrets: SecretSource
    chance: Callable[[int], Chance]


@dataclass(slots=True)
class Replayed:
    """How a replay went; `sent` are the requests by lane, in order, `secrets` those that the run met."""

    result: RunResult
    sent: dict[Lane, list[httpx.Request]] = field(default_factory=dict)
    secrets: tuple[Secret, ...] = ()

    @property
    def unanswered(self) -> bool:
        """Whether the run asked for something that was never recorded, so that nothing is known of how it would end."""
        told = (failure.message for step in self.result.steps for failure in step.failures)
        return any(message.startswith(UNANSWERED) for message in told)


def replay(stage: Stage, change: Change | None = None) -> Replayed:
    """Walk the run once more. No socket is opened and no time passes."""
    time = _Time(stage.recording.instants)
    player = _Player(stage.recording, change, time)
    met: list[Secret] = []
    surroundings = Surroundings(
        clock=Clock(time.now, time.monotonic, time.sleep),
        chance=stage.chance(stage.recording.seed),
        secrets=stage.secrets,
        tokens=MemoryTokens(),
        codes=MemoryCodes(),
        stop=_Never(),
        stall=_Never(),
        user_agent=f"synthmon/{__version__}",
        met=met.extend,
    )
    result = walk(stage.probe, stage.recording.key, stage.region, surroundings, player)
    return Replayed(result, player.sent, tuple(met))


class _Time:
    """Passes only when somebody waits. The wall shows what it showed in the recording, look by look."""

    def __init__(self, instants: tuple[datetime, ...]) -> None:
        self._start, self._shown = instants[0], iter(instants)
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += max(0.0, seconds)

    def now(self) -> datetime:
        with suppress(StopIteration):
            return next(self._shown)
        return self._start + timedelta(seconds=self.seconds)


class _Never:
    """Nobody stops a replay, and nothing that the interpreter does takes time in it."""

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - the port's
        return False

    def worst_since(self, start: float) -> float:  # noqa: ARG002 - the port's
        return 0.0


class _Player(httpx.BaseTransport):
    def __init__(self, recording: Recording, change: Change | None, time: _Time) -> None:
        self._recording, self._change, self._time = recording, change, time
        self._asked: Counter[Lane] = Counter()
        self.sent: dict[Lane, list[httpx.Request]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        purpose = request.extensions["synthmon.purpose"]
        lane = (request.extensions["synthmon.step"], purpose is ExchangePurpose.TOKEN)
        number = self._asked[lane]
        self._asked[lane] += 1
        self.sent.setdefault(lane, []).append(_copy(request))
        taken = self._chosen(lane, number, purpose)
        self._spend(taken.wire, request.extensions["synthmon.deadline"])
        if taken.answer is None:
            assert taken.failure is not None, "what was taken is an answer or a failure"
            raise TransportFault(taken.failure, taken.wire, resendable=taken.resendable)
        return taken.answer.response(taken.wire)

    def _chosen(self, lane: Lane, number: int, purpose: ExchangePurpose) -> Taken:
        change = self._change
        if change is not None and change.lane == lane and number >= change.at:
            if change.after is not None and purpose is ExchangePurpose.REDIRECT and number > change.at:
                return change.after
            if number == change.at or not change.once:
                return change.taken
            number = change.at  # what was recorded there, now that the fault has passed
        return self._recorded(lane, number)

    def _recorded(self, lane: Lane, number: int) -> Taken:
        """By order; beyond the end the last one again, and for a token that was not fetched there, the last token."""
        known = self._recording.lane(lane) or (self._recording.tokens[-1:] if lane[1] else ())
        if not known:
            failure = Failure(FailureKind.INTERNAL, f"{UNANSWERED}, as the step `{lane[0]}` was skipped in it")
            raise TransportFault(failure, Wire(Phases(total=0.0)))
        return known[min(number, len(known) - 1)]

    def _spend(self, wire: Wire, deadline: float) -> None:
        """Let the exchange's time pass, up to the deadline that the engine would have broken it off at."""
        total, left = wire.phases.total or 0.0, deadline - self._time.seconds
        self._time.seconds += min(total, max(0.0, left))
        if total > left:
            cut = _cut(wire, max(0.0, left))
            raise TransportFault(timed_out(cut), cut)


def _cut(wire: Wire, left: float) -> Wire:
    """The exchange as far as it got in so many seconds."""
    spent: dict[str, float] = {}
    rest = left
    for name in [known.name for known in fields(Phases) if known.name != "total"]:
        took = getattr(wire.phases, name)
        if took is None:
            continue
        spent[name] = min(took, rest)
        if took > rest:
            return replace(wire, phases=Phases(**spent, total=left), phase=name)
        rest -= took
    return replace(wire, phases=Phases(**spent, total=left))


def _copy(request: httpx.Request) -> httpx.Request:
    """As it was sent: headers of one hop are taken off the request again afterwards."""
    return httpx.Request(request.method, request.url, headers=request.headers.raw, content=request.read())
