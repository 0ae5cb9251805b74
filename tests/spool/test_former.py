"""A spool that an earlier version filled and did not empty is read, delivered and gone on with.

`format-1.sql` is such a file as that version wrote it. It is never made anew: a change to it would hide that agents
which are upgraded lose what they had.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from synthmon import wire
from synthmon.model.agent import Consigned, Consignment, Delivered
from synthmon.model.run import Outcome, RunResult
from synthmon.spool import Spool
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.making import NOON, at, run

DUMP = Path(__file__).with_name("format-1.sql")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    with sqlite3.connect(tmp_path / "spool.db") as connection:
        connection.executescript(DUMP.read_text())
    connection.close()
    return Spool(tmp_path / "spool.db", 1 << 20, lambda: "another", lambda: NOON)


def sent(spool: Spool) -> list[tuple[int, RunResult]]:
    records = spool.pending(100, 1 << 20)
    return [(each.seq, wire.from_json(wire.loads(each.document or b""))) for each in records]


def test_a_spool_of_format_1_goes_on_from_its_mark_under_its_name(spool: Spool) -> None:
    assert (None, "spool-of-before", 1) == (spool.trouble, spool.id, spool.mark)
    assert [(2, Outcome.FAILED), (3, Outcome.DEGRADED)] == [(seq, result.outcome) for seq, result in sent(spool)]
    spool.put([run(at(600))])
    assert [2, 3, 4] == [seq for seq, _ in sent(spool)]


def test_everything_that_a_record_of_format_1_says_is_still_understood(spool: Spool) -> None:
    _, failed = sent(spool)[0]
    assert ("019cae6d-3ac0-87a9-9d4e-1529c03fa5e9", at(120)) == (failed.id, failed.key.slot)
    assert (0.01, 0.002, False) == (failed.quality.late, failed.quality.lag, failed.quality.suspect)
    assert ("0af7651916cd43dd8448eb211c80319c", "ab" * 32) == (failed.trace_id, failed.probe_hash)
    ((step,), (tidied,)) = (failed.steps, failed.cleanup)
    assert ("pay", 500, 0.2, {"cart": "7"}) == (step.id, step.status, step.latency, step.captured)
    assert ("answered 500, expected 201", "tidy") == (step.failures[0].message, tidied.id)
    assert ("status", "201", "500") == tuple(
        getattr(step.assertions[0], name) for name in ("subject", "expected", "actual")
    )
    assert (0.18, 201) == (step.exchanges[0].phases.first_byte, step.exchanges[0].status)
    assert step.evidence is not None
    assert ('{"cart": 7}', "ouch", True) == (
        step.evidence.request_body,
        step.evidence.response_body,
        step.evidence.response_body_truncated,
    )


def test_what_a_former_version_left_is_kept_by_the_centre(spool: Spool, tmp_path: Path) -> None:
    migrate.upgrade(tmp_path / "synthmon.db")
    store = open_store(tmp_path / "synthmon.db")
    try:
        results = sent(spool)
        records = tuple(Consigned(seq, result) for seq, result in results)
        assert Delivered(3) == store.take(Consignment("spool-of-before", "local", 0, records))
        assert {at(120), at(180)} == {row.slot for row in store.run_rows()}
        spool.delivered(Delivered(3), 3)
        assert 0 == spool.state().depth
        # and once more after the centre's database went back, since it stays for a day
        assert spool.rewind(1)
        assert results == sent(spool)
    finally:
        store.close()
        spool.close()
