"""Outages by hand: what counts in which period, and what there is no figure of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from synthmon.model.incident import Incident
from synthmon.model.probe import Track
from synthmon.reports.figures.outages import Delay, Outages, in_all, outages
from synthmon.reports.figures.period import Period, day, month
from synthmon.reports.figures.planned import Planned
from tests.making import incident

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = day(date(2026, 3, 2), UTC)
HOUR = 3600.0


def clock(text: str, day_: int = 2) -> datetime:
    """`09:30` of a day of March 2026."""
    return datetime.fromisoformat(f"2026-03-{day_:02}T{text}+00:00")


def outage(began: datetime, ended: datetime | None = None, **changes: Any) -> Incident:
    return incident(began, resolved_at=ended, **{"opened_at": began + timedelta(seconds=70), **changes})


def of(*incidents: Incident, period: Period = MONDAY, working: float = 0.0) -> Outages:
    return outages(incidents, period.start, period.end, working, {})


def test_a_day_with_two_outages() -> None:
    found = of(
        outage(clock("09:00"), clock("09:10")),
        outage(clock("15:00"), clock("15:50")),
        working=23 * HOUR,
    )
    assert (2, 2, 0) == (found.count, found.began, found.lasting)
    assert (60 * 60.0, 50 * 60.0) == (found.total, found.longest)
    assert (30 * 60.0, 11.5 * HOUR) == (found.mttr, found.mtbf)
    assert (70.0, 70.0) == (found.detect.mean, found.detect.longest)


def test_a_day_without_an_outage_has_no_means_and_not_zero() -> None:
    nothing = of(working=24 * HOUR)
    assert (0, 0.0, None, None, None) == (nothing.count, nothing.total, nothing.longest, nothing.mttr, nothing.mtbf)
    assert [None] * 3 == [nothing.detect.mean, nothing.page.mean, nothing.acknowledge.mean]


def test_only_the_track_down_is_an_outage() -> None:
    slow = [outage(clock("09:00"), clock("09:10"), track=track) for track in Track if track is not Track.DOWN]
    assert 0 == of(*slow).count


def test_an_outage_that_is_open_at_the_end_counts_up_to_there_and_in_no_repair() -> None:
    found = of(outage(clock("22:00")))
    assert (1, 1, 2 * HOUR, None) == (found.count, found.lasting, found.total, found.mttr)


def test_of_a_day_in_progress_an_open_outage_counts_up_to_what_is_known() -> None:
    found = outages([outage(clock("22:00"))], MONDAY.start, clock("22:30"), 0.0, {})
    assert (1, 30 * 60.0) == (found.lasting, found.total)


ACROSS = outage(clock("23:00"), clock("01:30", 3), acknowledged_at=clock("00:10", 3))


@pytest.mark.parametrize(
    ("on", "total", "began", "lasting", "mttr", "detected"),
    [
        pytest.param(2, 1.0 * HOUR, 1, 1, None, 1, id="it began on this day"),
        pytest.param(3, 1.5 * HOUR, 0, 0, 2.5 * HOUR, 0, id="it ended on this day"),
        pytest.param(4, 0.0, 0, 0, None, 0, id="it was over before this day"),
    ],
)
def test_an_outage_across_midnight_counts_once_at_its_beginning_and_once_at_its_end(
    on: int, total: float, began: int, lasting: int, mttr: float | None, detected: int
) -> None:
    found = of(ACROSS, period=day(date(2026, 3, on), UTC))
    assert (total, began, lasting, mttr) == (found.total, found.began, found.lasting, found.mttr)
    assert detected == found.detect.count == found.acknowledge.count


def test_an_outage_that_ends_with_the_day_is_none_of_the_next_day() -> None:
    whole = outage(clock("23:00"), clock("00:00", 3))
    assert 0 == of(whole, period=day(date(2026, 3, 3), UTC)).count
    assert (1, HOUR) == (of(whole).count, of(whole).total)


def test_an_outage_across_the_end_of_a_month_is_cut_there() -> None:
    long = outage(clock("12:00", 31), clock("12:00", 31) + timedelta(days=1))
    march, april = (of(long, period=month(date(2026, number, 1), UTC)) for number in (3, 4))
    assert (12 * HOUR, 12 * HOUR) == (march.total, april.total)
    assert (None, 24 * HOUR) == (march.mttr, april.mttr)


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 3, 29), 23.0), (date(2026, 10, 25), 25.0)])
def test_an_outage_over_a_whole_day_lasts_as_long_as_that_day_does(on: date, hours: float) -> None:
    period = day(on, BERLIN)
    endless = outage(period.start - timedelta(days=1), period.end + timedelta(days=1))
    assert hours * HOUR == of(endless, period=period).total == of(endless, period=period).longest


def test_time_in_which_two_outages_overlap_counts_once() -> None:
    found = of(outage(clock("09:00"), clock("10:00")), outage(clock("09:30"), clock("11:00"), generation=2))
    assert (2, 2 * HOUR, 2 * HOUR) == (found.count, found.total, found.longest)
    assert 1.25 * HOUR == found.mttr


def test_an_outage_is_over_when_it_works_again_though_flapping_keeps_the_incident_open() -> None:
    found = of(outage(clock("09:00"), held_since=clock("09:20")))
    assert (0, 20 * 60.0, 20 * 60.0) == (found.lasting, found.total, found.mttr)


def test_the_part_of_an_outage_that_lies_in_maintenance_is_no_time_of_outage() -> None:
    long = outage(clock("09:00"), clock("12:00"))
    quiet = Planned(((clock("08:00"), clock("10:00")), (clock("10:30"), clock("11:00"))))
    found = outages([long], MONDAY.start, MONDAY.end, 0.0, {}, quiet)
    assert (1, 1.5 * HOUR, 1 * HOUR, 3 * HOUR) == (found.count, found.total, found.longest, found.mttr)


def test_what_nobody_was_told_of_or_took_on_is_left_out_of_those_means() -> None:
    told = outage(clock("09:00"), clock("10:00"), acknowledged_at=clock("09:05"))
    quiet = outage(clock("12:00"), clock("12:30"))
    found = outages([told, quiet], MONDAY.start, MONDAY.end, 0.0, {told.id: told.opened_at + timedelta(seconds=3)})
    assert Delay(1, 3.0, 3.0) == found.page
    assert Delay(1, 230.0, 230.0) == found.acknowledge
    assert 2 == found.detect.count


def test_of_several_probes_counts_and_means_add_up_and_shared_time_counts_once() -> None:
    checkout = of(outage(clock("09:00"), clock("10:00")), working=23 * HOUR)
    login = of(outage(clock("09:30"), clock("10:30")), outage(clock("20:00"), clock("20:10")), working=22 * HOUR)
    every = in_all([checkout, login, of(working=24 * HOUR)])
    assert (3, 3, 1.5 * HOUR + 600, 1.5 * HOUR) == (every.count, every.began, every.total, every.longest)
    assert (130 * 60.0 / 3, 23 * HOUR) == (every.mttr, every.mtbf)
    assert Outages() == in_all([])
