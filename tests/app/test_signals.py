"""How the daemon ends, whoever asks it to: in order, at once, or without having been asked at all."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from structlog.typing import EventDict

from synthmon.app import agent_side, clock
from synthmon.centre import lookout
from synthmon.judge import missed
from synthmon.model.history import MissedSlot
from synthmon.model.incident import DeliveryStatus
from synthmon.model.run import FailureKind, Outcome
from synthmon.schedule import slots
from tests.alerting.receivers import Receiver, Reply
from tests.app.installation import Installation, Process, Target, until

CLEANUP = """\
cleanup:
  - id: tidy
    name: Tidy up
    request: DELETE /tidy
    expect: {status: 200}
"""


@pytest.fixture
def walking(installation: Installation, target: Target) -> Iterator[Process]:
    """A daemon in the middle of a run, which goes on until the target lets it go; beside it a probe that runs often."""
    target.hanging.add("/slow")
    installation.add("slow", "/slow", CLEANUP, timeout="15s")
    installation.add("quick", "/quick")
    with installation.process() as process:
        process.wait_for("daemon.started")
        target.wait_for("/slow")
        target.wait_for("/quick")
        yield process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_lets_a_running_journey_end_and_clean_up_and_starts_no_other(
    walking: Process, installation: Installation, target: Target, number: signal.Signals
) -> None:
    walking.send(number)
    stopping = walking.wait_for("daemon.stopping")
    assert 1 <= stopping["running"] <= 2
    started = target.count("/slow")
    target.let_go.set()
    assert 0 == walking.end()

    assert 1 == started == target.count("/slow")
    assert 1 == target.count("/tidy", "DELETE")
    assert 0 == walking.events("daemon.stopped")[0]["results_not_kept"]
    (kept,) = [line for line in walking.events("run.kept") if line["probe"] == "slow"]
    with installation.store() as store:
        run = store.run(kept["run"])
        rows = store.run_rows()
    assert run is not None
    assert (Outcome.PASSED, ["tidy"]) == (run.outcome, [step.id for step in run.cleanup])
    assert {row.id for row in rows} == {line["run"] for line in walking.events("run.kept")}
    assert target.count("/quick") == sum(row.probe == "quick" for row in rows)
    assert all(row.started_at.isoformat() <= stopping["timestamp"].replace("Z", "+00:00") for row in rows)
    assert [] == [path.name for path in installation.data.iterdir() if path.name in {"api-token", "address"}]


def test_asked_twice_it_ends_at_once(walking: Process) -> None:
    walking.send(signal.SIGTERM)
    walking.wait_for("daemon.stopping")
    walking.send(signal.SIGINT)
    assert 130 == walking.end(3.0)
    assert [] == walking.events("daemon.stopped")


def test_a_hangup_reads_the_files_again(walking: Process, installation: Installation) -> None:
    walking.send(signal.SIGHUP)
    walking.wait_for("config.taken_over", probes=2)
    installation.add("broken", more="what: is this\n")
    walking.send(signal.SIGHUP)
    assert "what" in walking.wait_for("config.refused")["problem"]
    (installation.probes / "broken.yaml").unlink()
    installation.add("third", "/third")
    walking.send(signal.SIGHUP)
    walking.wait_for("config.taken_over", probes=3)
    walking.wait_for("run.kept", probe="third")


def test_a_journey_that_does_not_end_in_time_is_our_fault_and_still_cleans_up(
    installation: Installation, target: Target, logs: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_side, "RUNS_MAY_TAKE", 0.1)
    target.hanging.add("/slow")
    installation.add("slow", "/slow", CLEANUP, timeout="30s")
    with installation.daemon():
        target.wait_for("/slow")
    assert 1 == target.count("/tidy", "DELETE")
    with installation.store() as store:
        (row,) = store.run_rows()
    assert (Outcome.ERROR, FailureKind.SHUTDOWN) == (row.outcome, row.failure_kind)
    assert {"results_not_kept": 0}.items() <= next(line for line in logs if line["event"] == "daemon.stopped").items()


def test_killed_in_the_middle_it_goes_on_where_it_was(
    installation: Installation, target: Target, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    """What was acknowledged is there, the page that was owed is sent, the incident is the same, the gap is recorded."""
    refusing = Receiver(Reply(503))
    installation.configure({"pager": {"webhook": {"url": refusing.url}}})
    target.statuses["/shop"] = 500
    target.hanging.add("/slow")
    installation.add("slow", "/slow", timeout="15s")
    installation.add("shop", "/shop")
    with installation.process() as process:
        process.wait_for("notification.failed")
        (asked, *_) = refusing.wait_for(1)
        target.wait_for("/slow")
        process.send(signal.SIGKILL)
        assert -signal.SIGKILL == process.end()
        acknowledged = {line["run"] for line in process.events("run.kept")}
    with installation.store() as store:
        assert acknowledged <= {row.id for row in store.run_rows()}
        (before,) = store.incidents()
        assert 1 == store.owed()
        last = store.run_rows(limit=1)[0].slot
    until(lambda: clock.now() > last + timedelta(seconds=2.1))  # two slots pass without anybody

    monkeypatch.setattr(lookout, "LOOK_EVERY", timedelta(seconds=0.2))
    monkeypatch.setattr(missed, "deadline", lambda _version: timedelta(seconds=1.5))
    refusing.replies[:] = [Reply(202, "{}")]
    asked_before = len(refusing.asked)
    target.let_go.set()
    with installation.daemon() as daemon:
        page = refusing.wait_for(asked_before + 1)[-1]
        target.statuses["/shop"] = 200
        until(lambda: daemon.store.incidents()[0].resolved_at)
        until(lambda: not daemon.store.owed())
        kept, gone = until(lambda: _without_a_gap(installation))
    assert (page.json["dedup_key"], page.body) == (asked.json["dedup_key"], asked.body)
    assert "resolve" == refusing.asked[-1].json["occasion"]
    with installation.store() as store:
        (after,) = store.incidents()
        assert {DeliveryStatus.SENT} == {delivery.status for delivery in store.deliveries(after.id)}
        assert acknowledged <= {row.id for row in store.run_rows(limit=1000)}
    assert (before.id, 1) == (after.id, after.generation)
    assert {"not_running"} == {slot.reason for slot in gone}
    assert kept
    refusing.close()


def _without_a_gap(installation: Installation) -> tuple[list[datetime], list[MissedSlot]] | None:
    """Slots of `shop` with a run and without one, once there are both and together they are all that were due."""
    with installation.store() as store:
        kept = [row.slot for row in store.run_rows(probe="shop", newest_first=False) if row.kind == "scheduled"]
        gone = store.missed(kept[0], kept[-1], "shop")
    due = slots("shop", "local", 1.0, kept[0] - timedelta(milliseconds=1), kept[-1])
    return (kept, gone) if gone and set(due) == {*kept, *(slot.slot for slot in gone)} else None


def test_a_log_that_nobody_reads_any_more_stops_no_run(installation: Installation, target: Target) -> None:
    installation.add("shop", "/shop")
    reading, writing = os.pipe()
    os.close(reading)
    with installation.process(stderr=writing) as process:
        os.close(writing)
        target.wait_for("/shop", 2)
        process.send(signal.SIGTERM)
        assert 0 == process.end()
    with installation.store() as store:
        assert target.count("/shop") == len(store.run_rows())


def test_a_log_whose_reader_stands_still_delays_no_run(installation: Installation, target: Target) -> None:
    for number in range(20):
        installation.add(f"shop-{number}", "/shop")
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    with installation.process(stderr=writing) as process:
        os.close(writing)
        target.wait_for("/shop", 30)  # 20 lines of log fill the pipe
        process.send(signal.SIGTERM)
        assert 0 == process.end()
    os.close(reading)
    with installation.store() as store:
        assert target.count("/shop") == len(store.run_rows())
