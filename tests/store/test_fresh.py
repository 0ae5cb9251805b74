"""Results that were just delivered are judged as the rows have them, whether they are parsed again or not."""

from __future__ import annotations

from dataclasses import replace

from synthmon import wire
from synthmon.centre.intake import Intake, IntakePorts
from synthmon.model.agent import Consigned, Consignment
from synthmon.model.run import Outcome, RunResult
from synthmon.store.document import Packed
from synthmon.store.fresh import LASTS, Fresh
from synthmon.store.interface import Store
from synthmon.store.sql import SqlStore
from tests.making import probe
from tests.store.values import run


def record(result: RunResult, seq: int = 1) -> Consigned:
    return Consigned(seq, result, exact=True)


def packed(result: RunResult, size: int = 0) -> Packed:
    return Packed(result, document(result), size)


def document(result: RunResult) -> bytes:
    return f"{result.id} {result.duration}".encode()


def test_a_result_is_there_once_and_only_for_its_own_bytes() -> None:
    fresh, result, other = Fresh(), run(0), replace(run(0), duration=9.0)
    fresh.remember([packed(result)])
    assert result is fresh.taken(result.id, document(result))
    assert fresh.taken(result.id, document(result)) is None
    fresh.remember([packed(other)])
    assert fresh.taken(result.id, document(result)) is None


def test_the_oldest_stay_for_they_are_judged_next() -> None:
    fresh, results = Fresh(most=2), [run(0), run(60), run(120)]
    fresh.remember(map(packed, results))
    assert [results[0], results[1], None] == [fresh.taken(one.id, document(one)) for one in results]


def test_large_ones_are_few() -> None:
    results = [run(0), run(60), run(120)]
    fresh = Fresh(most_bytes=200)
    for _ in range(2):
        fresh.remember(packed(one, 100) for one in results)
        assert [results[0], results[1], None] == [fresh.taken(one.id, document(one)) for one in results]


def test_a_judge_who_is_late_finds_as_many_as_there_is_room_for() -> None:
    fresh, results = Fresh(most=20), [run(60 * number) for number in range(200)]
    found = 0
    for number, one in enumerate(results):
        fresh.remember([packed(one)])
        if number >= 100:  # so far behind is he
            found += fresh.taken(results[number - 100].id, document(results[number - 100])) is not None
    assert found >= 20


def test_what_nobody_took_makes_room_after_a_while() -> None:
    now = 0.0
    fresh, old, new = Fresh(most=1, now=lambda: now), run(0), run(60)
    fresh.remember([packed(old)])
    now = LASTS + 1
    fresh.remember([packed(new)])
    assert (None, new) == (fresh.taken(old.id, document(old)), fresh.taken(new.id, document(new)))


def test_what_was_delivered_is_judged_without_being_read_again(sql: SqlStore) -> None:
    results = [run(0), run(60), run(120, outcome=Outcome.FAILED)]
    sql.take(Consignment("s1", "local", 0, tuple(record(one, seq) for seq, one in enumerate(results, 1))))
    assert [id(one) for one in results] == [id(one) for one in sql.gather().runs]
    assert tuple(results) == sql.gather().runs


def test_what_was_kept_here_is_not_remembered_for_it_may_be_finer_than_its_row(sql: SqlStore) -> None:
    finer = replace(run(0), duration=1.00000001)
    sql.keep([finer])
    assert (replace(finer, duration=1.0),) == sql.gather().runs


def test_of_two_results_of_one_run_the_judge_sees_the_one_that_was_kept(store: Store) -> None:
    first, second = run(0), replace(run(0), duration=9.0)
    store.keep([first])
    store.take(Consignment("s1", "local", 0, (record(second),)))
    third = run(60)
    store.take(Consignment("s1", "local", 1, (record(third, 2),)))
    assert (first, third) == store.gather().runs
    assert (first, third) == store.gather().runs  # whoever asks again reads it from the row


def test_figures_finer_than_what_is_kept_are_not_what_the_judge_goes_by(store: Store) -> None:
    made, checkout = run(0), probe("checkout")
    finer = wire.to_json(made) | {"duration": made.duration + 1e-9}
    ports = IntakePorts(store, "production", lambda: {"checkout": checkout}, lambda: made.started_at, lambda _: None)
    delivered = Intake(ports).take("local", {"spool": "s1", "records": [{"seq": 1, "run": finer}]})
    assert (1, ()) == (delivered.durable, delivered.refused)
    assert (made,) == store.gather().runs


def test_who_knows_the_states_is_not_told_of_them(store: Store) -> None:
    store.keep([run(0)])
    assert () == store.gather(states=False).states
