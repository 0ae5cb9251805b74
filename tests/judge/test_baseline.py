"""What is usual, and alerts about latencies that are far above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from synthmon.judge.baseline import Usual, day_of, said, usual_of
from synthmon.judge.replay import replay
from synthmon.model.condition import Latency
from synthmon.model.history import RunRow
from synthmon.model.incident import RegionPhase
from synthmon.model.probe import AlertRule, Probe, Severity, Track
from synthmon.model.run import Outcome, RunKind, RunResult
from tests.judge.world import POLICY, World, run
from tests.making import NOON, at, probe, row

DAY = 86_400.0
INF = float("inf")
TODAY = day_of(NOON)


def rule(**changes: object) -> AlertRule:
    values = {"over": 600.0, "above": INF, "percentile": 95.0, "above_usual": 0.5, **changes}
    condition = Latency(**values)  # type: ignore[arg-type] # fields by name
    return AlertRule("slower than usual", Track.SLOW, 1, 1, severity=Severity.TICKET, condition=condition)


COMPARING = probe(alerts=(rule(),))


def rows(days: Mapping[int, float], many: int = 24) -> list[RunRow]:
    """So many runs of each day, by how many days ago it was."""
    return [
        row(at(-DAY * ago - 43_200 + 3_600 * number * 24 / many), latency=latency)
        for ago, latency in days.items()
        for number in range(many)
    ]


def figure(found: Usual, condition: Latency | None = None, day: int = TODAY) -> float | None:
    wanted = condition or COMPARING.alerts[0].condition
    assert isinstance(wanted, Latency)
    return found.figure(wanted, day)


def week(latency: float = 1.0) -> Usual:
    return usual_of(rows(dict.fromkeys(range(1, 8), latency)))


def test_what_was_not_measured_is_no_part_of_what_is_usual() -> None:
    sound = rows({1: 0.2, 2: 0.2, 3: 0.2})
    stalled = [replace(one, latency=9.0, suspect=True, slot=one.slot + timedelta(minutes=1)) for one in sound]
    assert usual_of(sound) == usual_of([*sound, *stalled])


def test_what_is_usual_is_the_middle_one_of_seven_days() -> None:
    found = usual_of(rows({1: 1.0, 2: 1.1, 3: 1.2, 4: 5.0, 5: 9.0, 6: 0.9, 7: 0.8, 8: 7.0}))

    assert figure(found) == pytest.approx(1.1, rel=0.01)


def test_one_bad_day_changes_nothing_and_neither_does_today() -> None:
    found = usual_of(rows(dict.fromkeys(range(1, 8), 1.0) | {2: 30.0, 0: 30.0}))

    assert figure(found) == pytest.approx(1.0, rel=0.01)


def test_with_fewer_than_three_days_of_twenty_runs_nothing_is_usual() -> None:
    assert figure(usual_of(rows({1: 1.0, 2: 1.0}))) is None
    assert figure(usual_of(rows({1: 1.0, 2: 1.0, 3: 1.0}))) == pytest.approx(1.0, rel=0.01)
    assert figure(usual_of(rows({1: 1.0, 2: 1.0, 3: 1.0}, many=19))) is None


def test_the_figure_is_the_rules_own() -> None:
    many = [row(at(-DAY * ago - number), latency=float(number + 1)) for ago in range(1, 5) for number in range(100)]
    found = usual_of(many)
    mean = rule(percentile=None).condition
    assert isinstance(mean, Latency)

    assert figure(found) == pytest.approx(95, rel=0.01)
    assert figure(found, mean) == pytest.approx(50.5)


def test_failures_confirmations_and_runs_that_somebody_asked_for_are_no_part_of_it() -> None:
    odd = [
        row(at(-DAY * ago - number), outcome, latency=50.0, kind=kind)
        for ago in range(1, 8)
        for number in range(1, 30)
        for outcome, kind in [
            (Outcome.FAILED, RunKind.SCHEDULED),
            (Outcome.PASSED, RunKind.CONFIRM),
            (Outcome.PASSED, RunKind.MANUAL),
        ]
    ]

    assert usual_of(odd) == Usual()


def test_each_day_is_compared_with_its_own_past() -> None:
    found = usual_of(rows({ago: 1.0 if ago > 4 else 4.0 for ago in range(1, 12)}))

    assert figure(found, day=TODAY - 4) == pytest.approx(1.0, rel=0.01)
    assert figure(found, day=TODAY) == pytest.approx(4.0, rel=0.01)


class Slow(World):
    """Every minute a run of some latency in the one region."""

    def __init__(self, usual: Usual) -> None:
        super().__init__(COMPARING)
        self.usual = {("checkout", "local"): usual}
        self.minute = 0

    def lives(self, latency: float, minutes: int = 10) -> list[str]:
        before = len(self.notifications)
        for _ in range(minutes):
            self.turn([timed(self.minute, latency)])
            self.minute += 1
        return self.said[before:]

    @property
    def phase(self) -> RegionPhase:
        return self.states["checkout", "local"].tracks[Track.SLOW].phase


def timed(minute: int, latency: float) -> RunResult:
    return run(at(60.0 * minute), "P", latency=latency, duration=latency)


def test_half_as_slow_again_as_usual_is_told_and_ends_when_it_is_not_any_more() -> None:
    world = Slow(week())
    assert world.lives(1.4) == []

    assert world.lives(1.6) == ["trigger pager"]
    (incident,) = world.current
    assert incident.reason == "slow: p95 is 1.60 s over 10 min, more than 50 % above the usual 990 ms"
    assert world.lives(1.0, 12) == ["resolve pager"]


def test_while_nothing_is_usual_nothing_is_told() -> None:
    world = Slow(Usual())

    assert world.lives(60.0, 30) == []
    assert world.phase is RegionPhase.UP


def test_what_is_usual_being_lost_ends_nothing() -> None:
    world = Slow(week())
    world.lives(5.0, 20)
    assert len(world.current) == 1
    world.usual = {}

    assert world.lives(1.0, 30) == []
    assert len(world.current) == 1
    world.usual = {("checkout", "local"): week()}
    assert world.lives(1.0, 12) == ["resolve pager"]


def test_a_backtest_compares_each_run_with_the_days_before_it() -> None:
    usual = usual_of(rows(dict.fromkeys(range(1, 8), 1.0)))
    runs = [timed(minute, 1.6 if minute > 10 else 1.0) for minute in range(40)]

    def told(found: Mapping[tuple[str, str], Usual]) -> list[str]:
        replayed = replay({"checkout": COMPARING}, POLICY, runs, NOON + timedelta(hours=1), usual=found)
        return [owed.occasion.value for owed in replayed.notifications]

    assert told({("checkout", "local"): usual}) == ["trigger"]
    assert told({}) == []


def test_it_is_said_what_a_rule_is_held_against_or_what_is_wanting() -> None:
    assert said(rule(), week(), TODAY) == "more than 50 % above the usual 990 ms"
    assert said(rule(), usual_of(rows({1: 1.0})), TODAY) == (
        "nothing is usual yet: 1 of 3 days are known with 20 runs or more, of the last 7"
    )
    assert str(rule().condition) == "p95 more than 50 % above the usual over 10 min"


def test_a_probe_without_such_a_rule_is_judged_as_before() -> None:
    plain: Probe = probe(alerts=(rule(above_usual=None, above=1.5),))
    world = World(plain)
    for minute in range(10):
        world.turn([timed(minute, 1.6)])

    assert world.said == ["trigger pager"]
