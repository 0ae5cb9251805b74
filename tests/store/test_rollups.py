"""What every store promises about rollups: those of a stretch are replaced together, and come back to the last bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.model.histogram import Histogram
from synthmon.model.rollup import QUARTER, Detail, Grain, Rolled, Rollup, Spell, Within
from synthmon.model.run import FailureKind, Outcome
from synthmon.model.stepsums import PhaseSum, StepFigures
from synthmon.store.interface import Store
from tests.store.values import MIDNIGHT, at, run

HOUR = timedelta(hours=1)
FULL = Rollup(
    bucket=MIDNIGHT,
    probe="checkout",
    region="eu",
    outcomes={outcome: number for number, outcome in enumerate(Outcome, 1)},
    due=21,
    planned=2,
    good=0.1 + 0.2,
    bad=899.7,
    flaky=3,
    cleanup_failed=4,
    journeys=Histogram.of([0.1, 0.2, 0.25, 31.0, 0.0]),
    over_budget=5,
    budget=0.8,
    until=MIDNIGHT + QUARTER,
    last=at(899.5),
    judged=at(840),
    told=Detail(
        steps=(
            StepFigures(
                id="log-in",
                name='Log in, "quickly" \N{SNOWMAN}',
                budget=0.5,
                latency=Histogram.of([0.1, 0.2, 0.2]),
                over_budget=1,
                runs=4,
                outcomes=Counter({Outcome.PASSED: 3, Outcome.FAILED: 1}),
                kinds=Counter({FailureKind.TIMEOUT: 1}),
                excused=1,
                flaky=2,
                phases={"dns": PhaseSum(3, 4000, 2000), "total": PhaseSum(3, 500_000, 200_000)},
                seen=at(840),
                place=0,
            ),
            StepFigures("pay", "pay", place=1),
        ),
        cleanup={"Cancel": 2},
        unverified={"log-in": "checks are switched off"},
        certificates={"shop.example:8443": at(86_400)},
        within={0.5: Within(0.1 + 0.7, 12), 2.0: Within(899.7, 15)},
        late=Histogram.of([0.001, 40.0]),
        failed=(at(60), at(120.5)),
        releases=(Spell(at(60), "2.4.1", 11), Spell(at(720), "2.5.0")),
    ),
)


def after(quarters: int, **changes: object) -> Rollup:
    start = MIDNIGHT + quarters * QUARTER
    return replace(FULL, bucket=start, until=start + QUARTER, **changes)  # type: ignore[arg-type]


def put(
    store: Store,
    start: datetime,
    end: datetime,
    *rollups: Rollup,
    probe: str = "checkout",
    grain: Grain = Grain.QUARTER,
) -> None:
    store.replace_rollups(probe, [Rolled(grain, start, end, rollups)])


def test_a_rollup_comes_back_whole(store: Store) -> None:
    bare = Rollup(MIDNIGHT, "checkout", "us", until=MIDNIGHT + QUARTER)
    put(store, MIDNIGHT, MIDNIGHT + HOUR, bare, FULL)
    assert [FULL, bare] == store.rollups(MIDNIGHT, MIDNIGHT + HOUR, "checkout")


def test_regions_with_other_steps_come_back_whole_as_those_with_the_same(store: Store) -> None:
    other = replace(FULL, region="us", told=replace(FULL.detail, steps=FULL.detail.steps[:1], failed=()))
    same = replace(FULL, region="asia", good=0.3, journeys=Histogram.of([7.0]))
    put(store, MIDNIGHT, MIDNIGHT + HOUR, same, FULL, other)
    put(store, MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR, after(4), after(4, region="asia"))
    assert [same, FULL, other] == store.rollups(MIDNIGHT, MIDNIGHT + HOUR)
    assert [after(4, region="asia"), after(4)] == store.rollups(MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR)


def test_a_name_of_a_region_can_be_as_long_as_anybody_likes(store: Store) -> None:
    longest = replace(FULL, region="eu" * 2000)
    put(store, MIDNIGHT, MIDNIGHT + HOUR, longest)
    assert [longest] == store.rollups(MIDNIGHT, MIDNIGHT + HOUR)


def test_those_of_a_stretch_and_probe_are_replaced_and_no_others(store: Store) -> None:
    put(store, MIDNIGHT, MIDNIGHT + HOUR, replace(FULL, probe="login"), probe="login")
    put(store, MIDNIGHT, MIDNIGHT + HOUR, *map(after, range(4)))
    put(store, MIDNIGHT + QUARTER, MIDNIGHT + 3 * QUARTER, after(1, due=7))
    assert [after(0), after(1, due=7), after(3)] == store.rollups(MIDNIGHT, MIDNIGHT + HOUR, "checkout")
    assert 1 == len(store.rollups(MIDNIGHT, MIDNIGHT + HOUR, "login"))
    put(store, MIDNIGHT, MIDNIGHT + HOUR)
    assert [] == store.rollups(MIDNIGHT, MIDNIGHT + HOUR, "checkout")


def test_they_go_in_pieces_the_oldest_first(store: Store) -> None:
    put(store, MIDNIGHT, MIDNIGHT + HOUR, *map(after, range(4)))
    assert 2 == store.forget_rollups(MIDNIGHT + 3 * QUARTER, 2)
    assert [after(2), after(3)] == store.rollups(MIDNIGHT, MIDNIGHT + HOUR, "checkout")
    assert [1, 0] == [store.forget_rollups(MIDNIGHT + 3 * QUARTER, 2) for _ in range(2)]
    assert [after(3)] == store.rollups(MIDNIGHT, MIDNIGHT + HOUR, "checkout")


def test_quarters_hours_and_days_are_kept_apart_and_replaced_together(store: Store) -> None:
    hour, day = replace(FULL, until=MIDNIGHT + HOUR), replace(FULL, until=MIDNIGHT + 24 * HOUR)
    store.replace_rollups(
        "checkout",
        [
            Rolled(Grain.QUARTER, MIDNIGHT, MIDNIGHT + HOUR, (after(0), after(1))),
            Rolled(Grain.HOUR, MIDNIGHT, MIDNIGHT + HOUR, (hour,)),
            Rolled(Grain.DAY, MIDNIGHT, MIDNIGHT + 24 * HOUR, (day,)),
        ],
    )
    put(store, MIDNIGHT, MIDNIGHT + HOUR, after(2))
    found = [store.rollups(MIDNIGHT, MIDNIGHT + HOUR, grain=grain) for grain in Grain]
    assert [[after(2)], [hour], [day], []] == found
    store.forget_days()
    assert [1, 1, 0, 0] == [len(store.rollups(MIDNIGHT, MIDNIGHT + HOUR, grain=grain)) for grain in Grain]


def test_those_of_all_probes_come_by_probe_and_beginning(store: Store) -> None:
    put(store, MIDNIGHT, MIDNIGHT + HOUR, replace(FULL, probe="login"), probe="login")
    put(store, MIDNIGHT, MIDNIGHT + HOUR, after(1), after(0))
    assert [("checkout", 0), ("checkout", 1), ("login", 0)] == [
        (one.probe, (one.bucket - MIDNIGHT) // QUARTER) for one in store.rollups(MIDNIGHT, MIDNIGHT + HOUR)
    ]


def test_runs_are_told_in_the_order_in_which_they_arrived(store: Store) -> None:
    store.keep([run(60)])
    ((first, probe, slot),) = store.late_runs(0, 10)
    assert ("checkout", at(60)) == (probe, slot)
    store.keep([run(0), run(60)])
    store.keep([run(120, probe="login")])
    assert [("checkout", at(0)), ("login", at(120))] == [told[1:] for told in store.late_runs(first, 10)]
    assert [("checkout", at(0))] == [told[1:] for told in store.late_runs(first, 1)]
