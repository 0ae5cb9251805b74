"""What is too old is removed by the daemon itself, a piece at a time, by what is configured now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.typing import EventDict

from synthmon.app import clock, retention
from synthmon.app.late import UNTIL
from synthmon.app.retention import Retention
from synthmon.model.account import Entry, Search
from synthmon.model.incident import Decision
from synthmon.model.person import Role, Way
from synthmon.model.run import Evidence, Outcome, RunKey, RunResult
from synthmon.settings import RetentionSettings
from synthmon.store.memory import MemoryStore
from tests.app.installation import Installation, until
from tests.making import NOON, run

DAY = timedelta(days=1)


def failed(days: float) -> RunResult:
    made = run(NOON - days * DAY, Outcome.FAILED)
    return replace(
        made, steps=tuple(replace(step, evidence=Evidence("GET", "/", response_body="b")) for step in made.steps)
    )


def kept(store: MemoryStore) -> list[tuple[float, bool]]:
    """Of each run, how many days old it is and whether its evidence is there, the oldest first."""
    return [
        ((NOON - result.key.slot) / DAY, any(step.evidence for step in result.steps))
        for result in store.runs(NOON - 999 * DAY, NOON + DAY)
    ]


def test_bodies_go_after_a_week_and_runs_after_three_months_unless_said_otherwise(logs: list[EventDict]) -> None:
    store = MemoryStore()
    store.keep([failed(days) for days in (91, 89, 8, 6)])
    store.apply(Decision(store.gather().watermark))
    store.note(UNTIL, NOON.isoformat())
    settings = RetentionSettings()
    keeper = Retention(store, lambda: settings, lambda: NOON)
    assert keeper.turn()
    assert [(89, False), (8, False), (6, True)] == kept(store)
    assert [("bodies", 3), ("runs", 1)] == [(line["what"], line["rows"]) for line in logs]
    settings = RetentionSettings(DAY, 7 * DAY)
    assert keeper.turn()
    assert [(6, False)] == kept(store)


def test_a_clock_that_leapt_ahead_removes_nothing_until_it_is_right_again_or_a_day_has_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, shown, passed = MemoryStore(), [NOON], [1000.0]
    monkeypatch.setattr("synthmon.app.retention.time.monotonic", lambda: passed[0])
    store.keep([failed(days) for days in (91, 8, 6)])
    keeper = Retention(store, RetentionSettings, lambda: shown[0])
    shown[0] = NOON.replace(year=2038)
    assert keeper.turn()
    assert keeper.turn()
    assert [(91, True), (8, True), (6, True)] == kept(store)
    shown[0] = NOON
    assert keeper.turn()
    assert [(91, False), (8, False), (6, True)] == kept(store)
    shown[0] = NOON + 2 * DAY
    assert keeper.turn()
    assert [(91, False), (8, False), (6, True)] == kept(store)
    shown[0], passed[0] = shown[0] + DAY, passed[0] + retention.DISTRUSTED_FOR
    assert keeper.turn()
    assert [(91, False), (8, False), (6, False)] == kept(store)


def test_a_turn_ends_in_time_and_the_next_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_MOST", 0.0)
    monkeypatch.setattr(retention, "PIECE", 2)
    store = MemoryStore()
    store.keep([run(NOON - (100 + number) * DAY) for number in range(5)])
    store.apply(Decision(store.gather().watermark))
    store.note(UNTIL, NOON.isoformat())
    keeper = Retention(store, RetentionSettings, lambda: NOON)
    assert [False, False, False, True] == [keeper.turn() for _ in range(4)]
    assert [] == kept(store)


def test_the_daemon_removes_what_is_too_old_and_leaves_the_rest(installation: Installation) -> None:
    installation.configure(more="retention: {bodies: 1d, runs: 3d}\n")
    installation.add("shop", "/shop", interval="1h", timeout="10s")
    made = failed(0)
    slots = {days: clock.now().replace(microsecond=0) - days * DAY for days in (4, 2)}
    runs = [replace(made, key=RunKey("test", "shop", "local", slot), started_at=slot) for slot in slots.values()]
    with installation.daemon() as daemon:
        daemon.store.keep(runs)
        until(lambda: daemon.store.gather().runs == ())
        daemon.store.note(UNTIL, clock.now().isoformat())

        def gone() -> bool:
            daemon._centre.books._upkeep._due["retention"] = 0.0  # again: a turn under way sets the next one
            return daemon.store.run(runs[0].id) is None

        until(gone)
        young = daemon.store.run(runs[1].id)
    assert young is not None
    assert not any(step.evidence for step in young.steps)


def test_who_did_what_is_kept_for_as_long_as_is_said() -> None:
    store = MemoryStore()
    for days in (401, 399, 1):
        line = Entry(NOON - days * DAY, "noted", "ada", Way.USER, Role.OPERATOR, "192.0.2.1")
        store.accounts.write_down(line)
    settings = RetentionSettings()
    keeper = Retention(store, lambda: settings, lambda: NOON)
    assert keeper.turn()
    assert [1, 399] == [(NOON - one.at) / DAY for one in store.accounts.audit(Search())]
    settings = RetentionSettings(audit=30 * DAY)
    assert keeper.turn()
    assert [1] == [(NOON - one.at) / DAY for one in store.accounts.audit(Search())]
