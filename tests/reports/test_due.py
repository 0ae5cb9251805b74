"""A report is due once after its period, at a local time, whatever clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from synthmon.reports.figures.due import Moment, due_at, newest_due, owed
from synthmon.reports.figures.period import PeriodKind, day, month, week

BERLIN = ZoneInfo("Europe/Berlin")
DAY, WEEK, MONTH = PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "moment", "expected"),
    [
        (day(date(2026, 3, 2), BERLIN), Moment(at=time(7, 30)), "2026-03-03T06:30"),
        (day(date(2026, 7, 2), BERLIN), Moment(at=time(7, 30)), "2026-07-03T05:30"),
        (day(date(2026, 3, 28), BERLIN), Moment(at=time(2, 30)), "2026-03-29T01:30"),  # left out: 03:30 in summer time
        (day(date(2026, 10, 24), BERLIN), Moment(at=time(2, 30)), "2026-10-25T00:30"),  # twice: the first
        (week(date(2026, 3, 4), BERLIN), Moment(at=time(7)), "2026-03-09T06:00"),
        (week(date(2026, 3, 4), BERLIN), Moment(4, time(7)), "2026-03-13T06:00"),
        (week(date(2026, 12, 30), UTC), Moment(at=time(7)), "2027-01-04T07:00"),  # week 53
        (month(date(2026, 2, 11), BERLIN), Moment(3, time(0)), "2026-02-28T23:00"),
        (month(date(2026, 12, 1), timezone(timedelta(hours=5, minutes=45))), Moment(), "2027-01-01T01:15"),
    ],
    ids=lambda value: str(getattr(value, "name", value)),
)
def test_it_is_due_at_a_local_time_of_a_day_after_its_end(period, moment, expected) -> None:  # type: ignore[no-untyped-def]
    assert _utc(expected) == due_at(period, moment)


@pytest.mark.parametrize("first", ["2026-03-27T00:00", "2026-10-23T00:00"])
def test_each_day_is_due_exactly_once_where_clocks_change(first: str) -> None:
    moment, now, seen = Moment(at=time(2, 30)), _utc(first), []
    last: date | None = newest_due(DAY, moment, now, BERLIN).first
    while now < _utc(first) + timedelta(days=5):
        for period in owed(DAY, moment, last, now, BERLIN):
            seen.append(period.name)
            last = period.first
        now += timedelta(minutes=10)

    begin = date.fromisoformat(first[:10])
    assert seen == [(begin + timedelta(days=back)).isoformat() for back in range(-1, 4)]


@pytest.mark.parametrize(
    ("kind", "last", "expected"),
    [
        (DAY, None, ["2026-03-09"]),
        (DAY, date(2026, 3, 6), ["2026-03-07", "2026-03-08", "2026-03-09"]),
        (DAY, date(2026, 3, 9), []),
        (DAY, date(2026, 3, 20), []),  # the clock was ahead when that one was written
        (WEEK, date(2026, 2, 16), ["2026-W09", "2026-W10"]),
        (MONTH, date(2026, 1, 1), ["2026-02"]),
        (MONTH, date(2024, 1, 1), ["2025-12", "2026-01", "2026-02"]),
    ],
)
def test_what_was_not_written_is_made_up_for_the_oldest_first(kind, last, expected) -> None:  # type: ignore[no-untyped-def]
    now = _utc("2026-03-10T07:00")

    assert expected == [period.name for period in owed(kind, Moment(), last, now, UTC)]


def test_at_most_a_month_of_days_is_made_up_for() -> None:
    names = [period.name for period in owed(DAY, Moment(), date(2025, 1, 1), _utc("2026-03-10T07:00"), UTC)]

    assert (31, "2026-02-07", "2026-03-09") == (len(names), names[0], names[-1])


def test_until_the_time_has_come_the_one_before_is_the_newest() -> None:
    moment = Moment(at=time(7))

    assert "2026-03-08" == newest_due(DAY, moment, _utc("2026-03-10T06:59"), UTC).name
    assert "2026-03-09" == newest_due(DAY, moment, _utc("2026-03-10T07:00"), UTC).name
    assert "2026-W09" == newest_due(WEEK, Moment(2, time(7)), _utc("2026-03-10T09:00"), UTC).name
