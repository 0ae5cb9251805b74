"""Whatever the wall clock does: no burst of runs, no page without an outage, none missing, and what was kept stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from structlog.typing import EventDict

from synthmon.app.daemon import Daemon
from synthmon.centre import lookout
from synthmon.model.run import RunKind
from tests.alerting.receivers import Receiver
from tests.app.installation import Installation, Target, until

DAY = timedelta(days=1)
YEAR_1970, YEAR_2038 = datetime(1970, 1, 3, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 5, tzinfo=UTC)
LONG = 60.0  # seconds; each wait is for a second or two
AT_ONCE = 2  # runs: that of the instant of a leap, and the first by the time that the clock then shows


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leap of years leaves days of slots that nobody ran; how many of them are noted at a time is not looked at."""
    monkeypatch.setattr(lookout, "MOST_SLOTS", 200)


def ids(daemon: Daemon) -> set[str]:
    return {row.id for row in daemon.store.run_rows(limit=10_000)}


def runs_on(daemon: Daemon, target: Target, here: datetime) -> None:
    """It runs by the time that the clock shows, and not once for each slot that the clock leapt over."""
    asked = target.count("/shop")
    begun = datetime.now(UTC)

    def shown() -> bool:
        rows = daemon.store.run_rows(start=here, end=here + timedelta(hours=1), limit=1000)
        return len(rows) >= 3

    until(shown, LONG)
    passed = (datetime.now(UTC) - begun).total_seconds()
    assert target.count("/shop") - asked <= passed + 1 + AT_ONCE


@pytest.mark.parametrize(
    "leap",
    [lambda: datetime.now(UTC) - DAY, lambda: datetime.now(UTC) + DAY, lambda: YEAR_1970, lambda: YEAR_2038],
    ids=["a day back", "a day ahead", "1970", "2038"],
)
def test_a_clock_that_leaps_and_comes_back_costs_nothing_and_hides_no_outage(
    installation: Installation, target: Target, pager: Receiver, logs: list[EventDict], leap: Callable[[], datetime]
) -> None:
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.add("shop", "/shop")
    with installation.daemon() as daemon:
        target.wait_for("/shop", 2)
        until(lambda: len(ids(daemon)) >= 2, LONG)
        before = ids(daemon)
        with time_machine.travel(there := leap(), tick=True):
            runs_on(daemon, target, there)
        runs_on(daemon, target, datetime.now(UTC))
        assert before <= ids(daemon)
        assert [] == [one for one in daemon.store.incidents() if one.probe == "shop"]
        assert [] == pager.asked

        target.statuses["/shop"] = 500
        (page,) = pager.wait_for(1)
    assert "shop" == page.json["probe"]
    assert [] == [line for line in logs if line["event"] == "chore.failed" or line.get("exc_info")]


def test_an_outage_that_begins_while_the_clock_is_wrong_is_paged(
    installation: Installation, target: Target, pager: Receiver, logs: list[EventDict]
) -> None:
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.add("shop", "/shop")
    with installation.daemon() as daemon:
        target.wait_for("/shop", 2)
        with time_machine.travel(YEAR_1970, tick=True):
            runs_on(daemon, target, YEAR_1970)
            target.statuses["/shop"] = 500
            (page,) = pager.wait_for(1)
    assert "shop" == page.json["probe"]


@pytest.mark.parametrize("wrong", [YEAR_1970, YEAR_2038], ids=["1970", "2038"])
def test_started_while_the_clock_is_wrong_it_goes_on_when_it_is_set_and_hides_no_outage(
    installation: Installation, target: Target, pager: Receiver, logs: list[EventDict], wrong: datetime
) -> None:
    """As a machine without a battery does, whose clock is set once its network is there."""
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.add("shop", "/shop")
    with ExitStack() as later:
        with time_machine.travel(wrong, tick=True):
            daemon = later.enter_context(installation.daemon())
            runs_on(daemon, target, wrong)
        runs_on(daemon, target, datetime.now(UTC))
        assert [] == pager.asked
        target.statuses["/shop"] = 500
        (page,) = pager.wait_for(1)
    assert "shop" == page.json["probe"]
    assert [] == [line for line in logs if line["event"] == "chore.failed" or line.get("exc_info")]


def test_a_clock_that_is_slewed_to_and_fro_leaves_no_slot_out_and_runs_none_twice(
    installation: Installation, target: Target, pager: Receiver, logs: list[EventDict]
) -> None:
    """By a fifth faster, then by a fifth slower; a real one is slewed by a two-thousandth."""
    installation.configure({"pager": {"webhook": {"url": pager.url}}})
    installation.add("shop", "/shop")
    with installation.daemon() as daemon:
        target.wait_for("/shop")
        with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
            begun = datetime.now(UTC)
            for step in (0.01, -0.01):
                for _ in range(50):
                    threading.Event().wait(0.05)
                    traveller.shift(step)
            asked_until = datetime.now(UTC)
            until(lambda: [row for row in daemon.store.run_rows() if row.slot > asked_until], LONG)
        rows = [row for row in daemon.store.run_rows(limit=1000) if begun < row.slot <= asked_until]
    slots = sorted(row.slot for row in rows if row.kind is RunKind.SCHEDULED)
    assert len(slots) >= 4
    assert {timedelta(seconds=1)} == {later - slot for slot, later in pairwise(slots)}
    assert [] == pager.asked
    assert [] == [line for line in logs if line["event"] == "clock.jumped"]
