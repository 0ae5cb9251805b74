"""Results that were just delivered are judged as the rows have them, whether they are parsed again or not."""

from __future__ import annotations

from dataclasses import replace

from synthmon import wire
from synthmon.centre.intake import Intake, IntakePorts
from synthmon.model.agent import Consigned, Consignment
from synthmon.model.run import RunResult
from synthmon.store.fresh import Fresh
from synthmon.store.interface import Store
from tests.making import probe
from tests.store.values import run


def record(result: RunResult, seq: int = 1) -> Consigned:
    return Consigned(seq, result, text=wire.dumps(wire.to_kept_json(result)))


def text(result: RunResult) -> bytes:
    return wire.dumps(wire.to_kept_json(result))


def test_a_result_is_there_once_and_only_for_its_own_text() -> None:
    fresh, result, other = Fresh(), run(0), replace(run(0), duration=9.0)
    fresh.remember([record(result)])
    assert result is fresh.taken(result.id, text(result))
    assert fresh.taken(result.id, text(result)) is None
    fresh.remember([record(other)])
    assert fresh.taken(result.id, text(result)) is None


def test_what_was_read_from_its_row_is_remembered_no_longer() -> None:
    fresh, result = Fresh(), run(0)
    fresh.remember([record(result)])
    fresh.forget(result.id)
    fresh.forget(result.id)
    assert fresh.taken(result.id, text(result)) is None


def test_the_oldest_are_forgotten_and_what_nobody_wrote_out_is_not_remembered() -> None:
    fresh, results = Fresh(most=2), [run(0), run(60), run(120)]
    fresh.remember([*map(record, results), Consigned(9, run(180)), Consigned(10, refused="not one")])
    assert [None, results[1], results[2]] == [fresh.taken(one.id, text(one)) for one in results]
    assert fresh.taken(run(180).id, text(run(180))) is None


def test_large_ones_are_few() -> None:
    results = [run(0), run(60), run(120)]
    fresh = Fresh(most_bytes=sum(len(text(one)) for one in results[1:]))
    for _ in range(2):
        fresh.remember(map(record, results))
        assert [None, results[1], results[2]] == [fresh.taken(one.id, text(one)) for one in results]


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
