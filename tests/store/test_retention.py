"""What every store promises about removing: evidence first, runs later, each only when its time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import NullPool, create_engine

from synthmon.model.incident import Decision
from synthmon.model.run import Evidence, Outcome, RunResult
from synthmon.store import partitions
from synthmon.store.interface import Store
from synthmon.store.opening import open_store
from tests.store.values import DAY, MIDNIGHT, at, missed, run

SEEN = Evidence("GET", "http://shop.test/", response_body="the body")


def failed(slot: float, region: str = "local") -> RunResult:
    made = run(slot, outcome=Outcome.FAILED, region=region)
    first, *rest = made.steps
    return replace(made, steps=(replace(first, evidence=SEEN), *rest))


def bodies(store: Store) -> list[float]:
    """The slots of runs that still have any."""
    return [
        (kept.key.slot - MIDNIGHT).total_seconds()
        for kept in store.runs(MIDNIGHT - 400 * DAY, MIDNIGHT + 400 * DAY)
        if any(step.evidence for step in (*kept.steps, *kept.cleanup))
    ]


def judged(store: Store) -> None:
    store.apply(Decision(store.gather(9999).watermark))


def test_evidence_goes_when_its_time_is_over_and_all_else_of_the_run_stays(store: Store) -> None:
    old, young, fine = failed(0), failed(120), run(60)
    store.keep([old, young, fine])
    assert 1 == store.forget_evidence(at(120), 10)
    assert [120.0] == bodies(store)
    first, *rest = old.steps
    assert replace(old, steps=(replace(first, evidence=None), *rest)) == store.run(old.id)
    assert (fine, young) == (store.run(fine.id), store.run(young.id))
    assert 0 == store.forget_evidence(at(120), 10)


def test_evidence_of_cleanup_goes_as_well_whatever_became_of_the_run(store: Store) -> None:
    made = run(0)
    untidy = replace(made, cleanup=(replace(made.steps[0], id="tidy", outcome=Outcome.FAILED, evidence=SEEN),))
    store.keep([untidy])
    assert 1 == store.forget_evidence(at(1), 10)
    assert [] == bodies(store)


def test_evidence_that_arrives_late_goes_the_next_time(store: Store) -> None:
    store.keep([failed(60)])
    store.forget_evidence(at(120), 10)
    store.keep([failed(0)])
    assert [0.0] == bodies(store)
    assert 1 == store.forget_evidence(at(120), 10)
    assert [] == bodies(store)


def test_it_goes_in_pieces_the_oldest_first(store: Store) -> None:
    store.keep([failed(60 * number) for number in range(5)])
    assert 2 == store.forget_evidence(at(240), 2)
    assert [120.0, 180.0, 240.0] == bodies(store)
    assert [2, 0] == [store.forget_evidence(at(240), 2) for _ in range(2)]


def test_runs_and_missed_slots_go_when_their_time_is_over(store: Store) -> None:
    store.keep([run(0), run(60), run(120)])
    store.note_missed([missed(30), missed(90)])
    judged(store)
    assert 3 == store.forget_runs(at(90), 10)
    assert [at(120)] == [row.slot for row in store.run_rows()]
    assert [at(90)] == [slot.slot for slot in store.missed(at(0), at(999))]
    assert 0 == store.forget_runs(at(90), 10)


def test_runs_go_in_pieces_the_oldest_first(store: Store) -> None:
    store.keep([run(60 * number) for number in range(5)])
    judged(store)
    assert 2 == store.forget_runs(at(240), 2)
    assert [at(120), at(180), at(240)] == [row.slot for row in store.run_rows(newest_first=False)]


def test_a_run_that_is_not_judged_stays_and_is_judged(store: Store) -> None:
    store.keep([run(0)])
    judged(store)
    late = run(30)
    store.keep([late])
    assert 1 == store.forget_runs(at(999), 10)
    assert (late,) == store.gather().runs
    judged(store)
    assert 1 == store.forget_runs(at(999), 10)
    assert [] == store.run_rows()


def test_what_is_kept_after_a_removal_is_judged(store: Store) -> None:
    store.keep([run(0), run(60)])
    judged(store)
    store.forget_runs(at(999), 10)
    store.keep([run(120)])
    assert [at(120)] == [kept.key.slot for kept in store.gather().runs]


def test_a_month_that_is_over_goes_as_a_table_unless_a_run_of_it_waits_for_the_judge(postgres_url: str) -> None:
    engine = create_engine(postgres_url, poolclass=NullPool)

    def months() -> set[date]:
        with engine.begin() as connection:
            return set(partitions.existing(connection))

    store = open_store(postgres_url)
    slots = (-300 * 86400.0, -200 * 86400.0)
    store.keep([run(slot) for slot in slots])
    mine = {partitions.month_of(at(slot)) for slot in slots}
    before = MIDNIGHT - 100 * DAY
    store.forget_runs(before, 1)
    assert mine <= months()
    judged(store)
    store.forget_runs(before, 1)
    assert not mine & months()
    assert partitions.month_of(MIDNIGHT) in months()
    assert [] == store.run_rows()
    store.close()
