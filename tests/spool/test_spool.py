"""The spool: what was put is there in its order, what is delivered stays a day, trouble with the file is told."""

from __future__ import annotations

import random
import sqlite3
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from synthmon import wire
from synthmon.errors import StoreError
from synthmon.model.agent import Delivered, Refusal
from synthmon.model.run import Evidence, Outcome, RunResult
from synthmon.spool import Spool, opening
from synthmon.spool.faults import SpoolDamaged
from tests.making import NOON, at, run

LIMIT = 600_000  # bytes


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Callable[..., Spool]:
    def open_it(limit: int = 1 << 20, *, recover: bool = False) -> Spool:
        return Spool(tmp_path / "spool.db", limit, lambda: "the-id", clock, recover=recover)

    return open_it


def runs(*numbers: int, outcome: Outcome = Outcome.PASSED) -> list[RunResult]:
    return [run(at(60 * number), outcome) for number in numbers]


def pending(spool: Spool, most: int = 100) -> list[tuple[int, str | None]]:
    """Sequence and slot of what is to be sent."""
    return [
        (one.seq, None if one.document is None else wire.loads(one.document)["slot"])
        for one in spool.pending(most, 1 << 20)
    ]


def large(number: int, outcome: Outcome = Outcome.PASSED) -> RunResult:
    """A run whose steps hold much that does not deflate well."""
    noise = "".join(random.Random(number).choices(string.ascii_letters, k=4000))
    made = run(at(60 * number), outcome)
    return replace(made, steps=tuple(replace(one, evidence=Evidence("GET", noise)) for one in made.steps))


def test_what_was_put_comes_back_in_its_order_and_whole(opened: Callable[..., Spool]) -> None:
    spool = opened()
    assert 2 == spool.put(runs(2, 1))
    first, second = spool.pending(10, 1 << 20)
    assert (1, 2) == (first.seq, second.seq)
    assert first.document is not None
    assert wire.to_kept_json(runs(2)[0]) == wire.loads(first.document)


def test_put_twice_it_is_there_once(opened: Callable[..., Spool]) -> None:
    spool = opened()
    spool.put(runs(1))
    assert 1 == spool.put(runs(1, 2))
    assert 2 == spool.state().depth


def test_what_was_put_is_there_after_a_restart_and_so_is_the_mark(opened: Callable[..., Spool]) -> None:
    before = opened()
    before.put(runs(1, 2, 3))
    before.delivered(Delivered(2), 2)
    before.close()
    after = opened()
    assert ("the-id", 2, [3]) == (after.id, after.mark, [seq for seq, _ in pending(after)])


def test_a_batch_is_bounded_in_number_and_size_and_has_one_at_least(opened: Callable[..., Spool]) -> None:
    spool = opened()
    spool.put([large(number) for number in range(5)])
    assert 3 == len(spool.pending(3, 1 << 20))
    assert 2 == len(spool.pending(100, 12_000))
    assert 1 == len(spool.pending(100, 10))


def test_what_is_delivered_stays_for_a_day_and_is_sent_again_when_the_mark_goes_back(
    opened: Callable[..., Spool], clock: Clock
) -> None:
    spool = opened()
    spool.put(runs(1, 2, 3))
    spool.delivered(Delivered(3), 3)
    assert [] == pending(spool)
    assert spool.rewind(1)
    assert [2, 3] == [seq for seq, _ in pending(spool)]
    spool.delivered(Delivered(3), 3)
    clock.now += timedelta(hours=24, minutes=2)
    spool.put(runs(4))
    spool.delivered(Delivered(4), 4)
    assert spool.rewind(0)
    assert [4] == [seq for seq, _ in pending(spool)]


def test_a_mark_that_is_ahead_moves_ours_only_as_far_as_was_sent(opened: Callable[..., Spool]) -> None:
    """The volume was restored from a copy; the centre knows the numbers that were given since from before."""
    spool = opened()
    spool.put(runs(1, 2, 3))
    spool.delivered(Delivered(500), 2)
    assert (2, [3]) == (spool.mark, [seq for seq, _ in pending(spool)])
    assert not spool.rewind(500)


def test_a_refused_one_is_kept_aside_with_its_reason_and_holds_up_nothing(
    opened: Callable[..., Spool], tmp_path: Path
) -> None:
    spool = opened()
    spool.put(runs(1, 2))
    spool.delivered(Delivered(2, (Refusal(1, "no such probe"),)), 2)
    assert (0, 1) == (spool.state().depth, spool.state().refused)
    rows = sqlite3.connect(tmp_path / "spool.db").execute("SELECT seq, reason, length(body) > 0 FROM refused")
    assert [(1, "no such probe", 1)] == rows.fetchall()


def test_one_that_cannot_be_sent_leaves_its_number_behind(opened: Callable[..., Spool]) -> None:
    spool = opened()
    spool.put(runs(1, 2))
    spool.set_aside(1, "the centre answers 413")
    assert [1, 2] == [seq for seq, _ in pending(spool)]
    assert pending(spool)[0][1] is None


def test_a_row_that_does_not_inflate_is_set_aside(opened: Callable[..., Spool], tmp_path: Path) -> None:
    spool = opened()
    spool.put(runs(1, 2))
    with sqlite3.connect(tmp_path / "spool.db") as connection:
        connection.execute("UPDATE records SET body = x'00ff' WHERE seq = 1")
    assert [None, "2026-03-02T12:02:00.000Z"] == [slot for _, slot in pending(spool)]
    assert 1 == spool.state().refused


def rows(folder: Path, wanted: str) -> tuple[int, ...]:
    with sqlite3.connect(folder / "spool.db") as connection:
        return tuple(connection.execute(wanted).fetchone())


def test_a_full_spool_lets_go_of_what_is_delivered_first(opened: Callable[..., Spool], tmp_path: Path) -> None:
    spool = opened(limit=LIMIT)
    spool.put([large(number) for number in range(60)])
    spool.delivered(Delivered(58), 58)
    for number in range(60, 90):
        spool.put([large(number)])
    state = spool.state()
    assert (0, 0) == (state.slimmed, state.dropped)
    assert list(range(59, 91)) == [seq for seq, _ in pending(spool)]
    (kept,) = rows(tmp_path, "SELECT count(*) FROM records")
    assert 32 <= kept < 90


def test_then_of_the_bodies_of_runs_that_passed_and_then_of_the_others_and_outcomes_last(
    opened: Callable[..., Spool],
) -> None:
    spool = opened(limit=LIMIT)
    spool.put([large(0, Outcome.FAILED), *(large(number) for number in range(1, 40))])
    for number in range(40, 85):
        spool.put([large(number)])
    records = [wire.loads(one.document or b"") for one in spool.pending(1000, 8 << 20)]
    assert 85 == len(records)
    assert 0 == spool.state().dropped
    with_body = [bool(one["steps"][0]["evidence"]) for one in records]
    assert with_body[0]  # the failure
    assert not with_body[1]  # the oldest that passed
    assert with_body[-1]
    for number in range(85, 595, 15):
        spool.put([large(each) for each in range(number, number + 15)])
    state = spool.state()
    assert state.dropped > 0
    kept = [wire.loads(one.document or b"") for one in spool.pending(2000, 8 << 20)]
    assert wire.from_json(kept[-1]).key.slot == at(60 * 594)
    assert all(wire.from_json(one) for one in kept)
    assert 595 == state.dropped + len(kept)


@pytest.mark.parametrize(
    ("make", "number", "at_once"),
    [(large, 120, 1), (large, 200, 10), (lambda number: runs(number)[0], 900, 20)],
    ids=["one by one", "large", "small"],
)
def test_the_limit_holds_for_what_is_on_the_disk(
    opened: Callable[..., Spool], tmp_path: Path, make: Callable[[int], RunResult], number: int, at_once: int
) -> None:
    spool, most = opened(limit=LIMIT), 0
    for first in range(0, number, at_once):
        spool.put([make(each) for each in range(first, first + at_once)])
        most = max(most, sum(piece.stat().st_size for piece in tmp_path.glob("spool.db*")))
        if first == 40:
            spool.delivered(Delivered(40, tuple(Refusal(each, "no") for each in range(40))), 40)
    assert spool.state().slimmed > 0
    assert 0.7 * LIMIT < most <= LIMIT


def test_a_disk_that_takes_nothing_is_told_and_it_goes_on_afterwards(
    opened: Callable[..., Spool], tmp_path: Path
) -> None:
    spool = opened()
    spool.put(runs(1))
    spool.close()
    blocker = sqlite3.connect(tmp_path / "spool.db", isolation_level=None)
    blocker.execute("PRAGMA locking_mode=EXCLUSIVE")
    blocker.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "BUSY_SECONDS", 0.1)
            with pytest.raises(StoreError, match="another process holds it locked"):
                spool.put(runs(2))
            assert "locked" in (spool.trouble or "")
    finally:
        blocker.close()
    spool.put(runs(2))
    assert (None, 2) == (spool.trouble, spool.state().depth)


def test_delivered_results_are_not_sent_again_although_the_mark_cannot_be_written(
    opened: Callable[..., Spool], tmp_path: Path
) -> None:
    spool = opened()
    spool.put(runs(1, 2))
    records = pending(spool)
    (tmp_path / "spool.db").rename(tmp_path / "elsewhere.db")
    spool.delivered(Delivered(2), records[-1][0])
    assert "cannot be opened" in (spool.trouble or "")
    (tmp_path / "elsewhere.db").rename(tmp_path / "spool.db")
    assert [] == pending(spool)


def test_what_was_delivered_while_the_mark_could_not_be_written_goes_after_a_day_as_well(
    opened: Callable[..., Spool], clock: Clock, tmp_path: Path
) -> None:
    spool = opened()
    spool.put(runs(1, 2))
    (tmp_path / "spool.db").rename(tmp_path / "elsewhere.db")
    spool.delivered(Delivered(2), 2)
    (tmp_path / "elsewhere.db").rename(tmp_path / "spool.db")
    spool.put(runs(3))
    spool.delivered(Delivered(3), 3)
    clock.now += timedelta(hours=24, minutes=2)
    spool.put(runs(4))
    spool.delivered(Delivered(4), 4)
    assert spool.rewind(0)
    assert [4] == [seq for seq, _ in pending(spool)]


def test_a_file_that_vanished_is_not_replaced_by_an_empty_one(opened: Callable[..., Spool], tmp_path: Path) -> None:
    spool = opened()
    spool.put(runs(1))
    for path in tmp_path.glob("spool.db*"):
        path.unlink()
    with pytest.raises(StoreError, match="cannot be opened"):
        spool.put(runs(2))


@pytest.mark.parametrize("content", [b"not a database " * 1000, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_refused_and_kept_aside_when_that_is_asked_for(
    opened: Callable[..., Spool], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "spool.db").write_bytes(content)
    with pytest.raises(SpoolDamaged) as refusal:
        opened()
    assert "--recover" in str(refusal.value.hint)
    spool = opened(recover=True)
    assert 1 == spool.put(runs(1))
    assert content == (tmp_path / "spool.db.damaged-20260302T120000").read_bytes()


def test_a_spool_of_a_newer_version_is_refused_and_left_alone(opened: Callable[..., Spool], tmp_path: Path) -> None:
    opened().close()
    with sqlite3.connect(tmp_path / "spool.db") as connection:
        connection.execute("PRAGMA user_version=99")
    spool = opened()
    assert "a newer synthmon made it" in (spool.trouble or "")
    with pytest.raises(StoreError, match="newer synthmon"):
        spool.put(runs(1))


def test_each_record_says_its_own_format(opened: Callable[..., Spool]) -> None:
    spool = opened()
    spool.put(runs(1))
    (record,) = spool.pending(1, 1 << 20)
    assert 2 == wire.loads(record.document or b"")["format"]


def test_a_note_outlives_the_process(opened: Callable[..., Spool]) -> None:
    spool = opened()
    spool.note("fallback", "told")
    spool.close()
    again = opened()
    assert "told" == again.noted("fallback")
    again.note("fallback", None)
    assert again.noted("fallback") is None
