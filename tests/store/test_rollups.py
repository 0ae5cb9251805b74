"""What every store promises about rollups: those of a stretch are replaced together, and come back to the last bit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from synthmon.model.histogram import Histogram
from synthmon.model.rollup import QUARTER, Rollup
from synthmon.model.run import Outcome
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
    latency=Histogram.of([0.1, 0.2, 0.25, 31.0, 0.0]),
    over_budget=5,
    budget=0.8,
)


def after(quarters: int, **changes: object) -> Rollup:
    return replace(FULL, bucket=MIDNIGHT + quarters * QUARTER, **changes)  # type: ignore[arg-type]


def test_a_rollup_comes_back_whole(store: Store) -> None:
    bare = Rollup(MIDNIGHT, "checkout", "us")
    store.replace_rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR, [bare, FULL])
    assert [FULL, bare] == store.rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR)


def test_those_of_a_stretch_and_probe_are_replaced_and_no_others(store: Store) -> None:
    store.replace_rollups("login", MIDNIGHT, MIDNIGHT + HOUR, [replace(FULL, probe="login")])
    store.replace_rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR, [after(number) for number in range(4)])
    store.replace_rollups("checkout", MIDNIGHT + QUARTER, MIDNIGHT + 3 * QUARTER, [after(1, due=7)])
    assert [after(0), after(1, due=7), after(3)] == store.rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR)
    assert 1 == len(store.rollups("login", MIDNIGHT, MIDNIGHT + HOUR))
    store.replace_rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR, [])
    assert [] == store.rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR)


def test_they_go_in_pieces_the_oldest_first(store: Store) -> None:
    store.replace_rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR, [after(number) for number in range(4)])
    assert 2 == store.forget_rollups(MIDNIGHT + 3 * QUARTER, 2)
    assert [after(2), after(3)] == store.rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR)
    assert [1, 0] == [store.forget_rollups(MIDNIGHT + 3 * QUARTER, 2) for _ in range(2)]
    assert [after(3)] == store.rollups("checkout", MIDNIGHT, MIDNIGHT + HOUR)


def test_runs_are_told_in_the_order_in_which_they_arrived(store: Store) -> None:
    store.keep([run(60)])
    ((first, probe, slot),) = store.late_runs(0, 10)
    assert ("checkout", at(60)) == (probe, slot)
    store.keep([run(0), run(60)])
    store.keep([run(120, probe="login")])
    assert [("checkout", at(0)), ("login", at(120))] == [told[1:] for told in store.late_runs(first, 10)]
    assert [("checkout", at(0))] == [told[1:] for told in store.late_runs(first, 1)]
