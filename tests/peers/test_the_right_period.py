"""The morning's report is about yesterday, where its readers live, once, whatever clocks and restarts do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from synthmon.app.centre_side import versions_of
from synthmon.app.report_clerk import ClerkPorts, ReportClerk
from synthmon.app.reporting import ReportDesk
from synthmon.errors import StoreError
from synthmon.model.probe import Probe
from synthmon.model.run import Outcome
from synthmon.reports.figures.period import PeriodKind
from synthmon.reports.html import render
from synthmon.settings.values import ReportOrder
from synthmon.store.memory import MemoryStore
from tests.making import probe, run

BERLIN = ZoneInfo("Europe/Berlin")


class Office:
    """A store with one probe since the first of January, and processes that come and go."""

    def __init__(self, folder: Path, zone: str = "Europe/Berlin", store: MemoryStore | None = None) -> None:
        self.store, self.zone, self.folder = store or MemoryStore(), ZoneInfo(zone), folder
        self.probes: dict[str, Probe] = {"checkout": probe()}
        begun = datetime(2026, 1, 1, tzinfo=UTC)
        self.store.record_versions([replace(one, since=begun) for one in versions_of(self.probes)], begun)
        self.now = begun
        self.restart()

    def restart(self, hour: int = 7, minute: int = 0) -> None:
        desk = ReportDesk(self.store, "test", self.zone, self.folder)
        order = ReportOrder(PeriodKind.DAY, time(hour, minute))
        self.clerk = ReportClerk(ClerkPorts(desk, lambda: [order], lambda: self.probes, lambda: self.now))

    def local(self, *when: int) -> datetime:
        return datetime(*when, tzinfo=self.zone).astimezone(UTC)  # type: ignore[arg-type,misc]  # year, month, …

    def live(
        self, start: datetime, end: datetime, every: timedelta = timedelta(minutes=20)
    ) -> list[tuple[date, datetime]]:
        """Look as the daemon does; the days reported, each with the local time at which it was."""
        written, self.now = [], start
        while self.now < end:
            before = self.days()
            self.clerk.turn()
            written += [(day, self.now.astimezone(self.zone)) for day in self.days() if day not in before]
            self.now += timedelta(minutes=10)
        return written

    def days(self) -> list[date]:
        """The days that are reported on, the oldest first."""
        return [name.first for name in self.clerk.archive.names() if name.kind is PeriodKind.DAY][::-1]


@pytest.fixture
def office(tmp_path: Path) -> Callable[..., Office]:
    return lambda **changes: Office(tmp_path, **changes)


Open = Callable[..., Office]


@pytest.mark.parametrize(
    ("zone", "start", "days"),
    [
        ("Europe/Berlin", (2026, 3, 28, 0, 0), [27, 28, 29, 30]),  # clocks go forward in the night to the 29th
        ("Europe/Berlin", (2026, 10, 24, 0, 0), [23, 24, 25, 26]),  # and back in the night to the 25th
        ("America/Los_Angeles", (2026, 3, 7, 0, 0), [6, 7, 8, 9]),
        ("Pacific/Auckland", (2026, 4, 4, 0, 0), [3, 4, 5, 6]),
        ("Asia/Kolkata", (2026, 5, 10, 0, 0), [9, 10, 11, 12]),
        ("Pacific/Kiritimati", (2026, 6, 10, 0, 0), [9, 10, 11, 12]),
        ("UTC", (2026, 12, 31, 0, 0), [30, 31, 1, 2]),
    ],
)
def test_each_morning_tells_of_yesterday_where_its_readers_live_also_when_clocks_change(
    office: Open, zone: str, start: tuple[int, ...], days: list[int]
) -> None:
    """healthchecks sent reports of the wrong period three times (#539, #736, and in version 4.1)."""
    made = office(zone=zone)
    begin = made.local(*start)
    made.live(begin - timedelta(hours=1), begin)  # what was owed before
    written = made.live(begin, begin + timedelta(days=4))
    assert days == [day.day for day, _ in written]
    assert {(7, 0)} == {(when.hour, when.minute) for _, when in written}
    assert all(day + timedelta(days=1) == when.date() for day, when in written)


def test_a_report_at_an_hour_that_does_not_exist_or_comes_twice_is_written_once(office: Open) -> None:
    """A report due at 02:30 has two such moments in October and none in March."""
    for start, days in (((2026, 3, 28, 12, 0), [28, 29]), ((2026, 10, 24, 12, 0), [24, 25])):
        made = office()
        made.restart(hour=2, minute=30)
        begin = made.local(*start)
        made.live(begin - timedelta(hours=1), begin)  # what was owed before
        written = made.live(begin, begin + timedelta(days=2))
        assert days == [day.day for day, _ in written]


def test_a_run_of_the_last_second_is_in_its_own_days_report_and_in_no_other(office: Open) -> None:
    """Where days are cut in UTC, an outage before midnight stands in the report of the day after."""
    made = office()
    before, after = made.local(2026, 3, 1, 23, 59, 59), made.local(2026, 3, 2, 0, 0, 0)
    made.store.keep([run(before, Outcome.FAILED), run(after)])
    desk = ReportDesk(made.store, "test", made.zone, made.folder)
    later = made.local(2026, 3, 5, 7, 0)
    sunday, monday = (desk.daily(day, later, made.probes).probes[0] for day in (date(2026, 3, 1), date(2026, 3, 2)))
    assert (1, 0) == (sunday.total.bad_runs, sunday.total.good_runs)
    assert (0, 1) == (monday.total.bad_runs, monday.total.good_runs)


def test_mornings_that_nobody_was_there_are_made_up_for_and_none_is_written_twice(office: Open) -> None:
    """A report that hangs on being alive at seven o'clock is missing after a restart, or comes twice."""
    made = office()
    assert [9] == [day.day for day, _ in made.live(made.local(2026, 3, 10, 8, 0), made.local(2026, 3, 10, 12, 0))]
    made.restart()
    assert [] == made.live(made.local(2026, 3, 10, 12, 0), made.local(2026, 3, 10, 18, 0))
    made.restart()
    assert [10, 11, 12] == [
        day.day for day, _ in made.live(made.local(2026, 3, 13, 9, 0), made.local(2026, 3, 13, 10, 0))
    ]
    assert ["daily-2026-03-09.html", "daily-2026-03-10.html", "daily-2026-03-11.html", "daily-2026-03-12.html"] == [
        path.name for path in sorted(made.folder.glob("daily-*.html"))
    ]


class Away(MemoryStore):
    """A store whose database is away when a report is to be made."""

    away = False

    def run_rows(self, **_options: object) -> list[object]:  # type: ignore[override]  # it never gets that far
        if self.away:
            raise StoreError("the database is locked")
        return []


def test_a_report_that_could_not_be_made_is_owed_still_and_never_half_there(office: Open) -> None:
    """A report made while the database fails over must be an error, not a page with half of a table."""
    store = Away()
    made = office(store=store)
    now = made.local(2026, 3, 10, 8, 0)
    store.away = True
    with pytest.raises(StoreError):
        made.live(now, now + timedelta(minutes=1))
    assert [] == list(made.folder.iterdir())
    store.away = False
    assert [(date(2026, 3, 9), now)] == made.live(now, now + timedelta(minutes=1))


def test_results_that_came_late_are_in_the_report_when_it_is_made_again(office: Open) -> None:
    """A report names until when it knows; made again from the same data it is the same to the byte."""
    made = office()
    desk = ReportDesk(made.store, "test", made.zone, made.folder)
    noon, morning = made.local(2026, 3, 9, 12, 0), made.local(2026, 3, 10, 7, 0)
    made.store.keep([run(noon)])
    first = render(desk.daily(date(2026, 3, 9), morning, made.probes))
    assert first == render(desk.daily(date(2026, 3, 9), morning, made.probes))
    made.store.keep([run(noon - timedelta(minutes=1), Outcome.FAILED)])
    again = render(desk.daily(date(2026, 3, 9), morning, made.probes))
    assert first != again
    assert "1 of 2 runs failed" in again
