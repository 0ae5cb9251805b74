"""Periods of every kind and zone: figures that have to add up do, and what is not known is not made up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import cycle
from zoneinfo import ZoneInfo

import pytest

from synthmon.model.incident import Health, HealthChange
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import Outcome, Quality
from synthmon.reports import document, telling, text, wording
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.period import Period, day, days, month, week
from synthmon.reports.figures.report import Frame, Material, Report, build
from synthmon.reports.html import render
from tests.making import at, change, row, run, version

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAYS = [
    pytest.param("UTC", date(2026, 3, 2), 24.0, id="any day"),
    pytest.param("Europe/Berlin", date(2026, 3, 29), 23.0, id="clocks go forward"),
    pytest.param("Europe/Berlin", date(2026, 10, 25), 25.0, id="clocks go back"),
    pytest.param("Australia/Lord_Howe", date(2026, 10, 4), 23.5, id="by half an hour"),
    pytest.param("Africa/Cairo", date(2026, 4, 24), 23.0, id="a day without a midnight"),
    pytest.param("UTC", date(2028, 2, 29), 24.0, id="a leap day"),
    pytest.param("Pacific/Auckland", date(2026, 12, 31), 24.0, id="the end of a year"),
]


def made(period: Period, *materials: Material, as_of: datetime | None = None) -> Report:
    return build(Frame("test", period, as_of or period.end + timedelta(hours=7), "abc123"), materials)


def changing(period: Period) -> tuple[HealthChange, ...]:
    """Every 53 minutes and 0.437 seconds something else is believed."""
    beliefs = cycle(Health)
    count = int(period.seconds / 3180.437) + 1
    return tuple(change(at(3180.437 * index, period.start), next(beliefs)) for index in range(count))


def material(period: Period, **changes: object) -> Material:
    values = {
        "name": "checkout",
        "title": "Customer can check out",
        "regions": ("local",),
        "interval": 900.0,
        "timeout": 10.0,
        "versions": [version(since=LONG_AGO, interval=900.0)],
    }
    return Material(**{**values, **changes})  # type: ignore[arg-type]


def quiet(period: Period) -> Quiet:
    covered = Selection(probe="checkout")
    return Quiet(
        QuietKind.MAINTENANCE, covered, at(4000.25, period.start), at(11000.75, period.start), "upgrade", "maria"
    )


def seconds(clock: str) -> int:
    hours, minutes, rest = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + int(rest)


@pytest.mark.parametrize(("zone", "on", "hours"), DAYS)
def test_the_five_states_add_up_to_the_period_to_the_second(zone: str, on: date, hours: float) -> None:
    period = day(on, ZoneInfo(zone))
    report = made(period, material(period, changes=changing(period), quiets=[quiet(period)]))
    (probe,) = report.probes
    assert hours * 3600 == period.seconds == pytest.approx(sum(probe.states.values()) + probe.planned)
    shown = telling.states(probe)
    assert ["up", "degraded", "down", "maintenance", "unknown"] == [state for state, _ in shown]
    assert hours * 3600 == sum(seconds(clock) for _, clock in shown) == seconds(telling.known(report))
    assert all(seconds(clock) > 0 for _, clock in shown)
    told = ", ".join(f"{state} {clock}" for state, clock in shown)
    assert told in text.render(report)
    assert "<dd>" + shown[0][1] + "</dd>" in render(report)


def test_of_a_day_in_progress_they_add_up_to_what_is_known() -> None:
    period = day(date(2026, 3, 2), UTC)
    report = made(period, material(period, changes=changing(period)), as_of=at(5000.4, period.start))
    assert (
        5000 == sum(seconds(clock) for _, clock in telling.states(report.probes[0])) == seconds(telling.known(report))
    )


@pytest.mark.parametrize(
    ("period", "name", "hours"),
    [
        pytest.param(week(date(2027, 1, 1), UTC), "2026-W53", 168.0, id="a year of 53 weeks ends in the next"),
        pytest.param(month(date(2028, 2, 10), UTC), "2028-02", 29 * 24.0, id="February of a leap year"),
        pytest.param(month(date(2026, 3, 10), ZoneInfo("Europe/Berlin")), "2026-03", 31 * 24 - 1.0, id="a short month"),
        pytest.param(days(date(2026, 12, 31), date(2027, 1, 1), UTC), "2026-12-31--2027-01-01", 48.0, id="two years"),
    ],
)
def test_longer_periods_are_as_long_as_their_days(period: Period, name: str, hours: float) -> None:
    report = made(period, material(period, changes=changing(period)))
    assert (name, hours * 3600) == (period.name, sum(seconds(clock) for _, clock in telling.states(report.probes[0])))


def runs(start: datetime, count: int) -> list[Outcome]:
    return [Outcome.FAILED if index % 7 == 3 else Outcome.PASSED for index in range(count)]


def counted(period: Period, start: datetime, outcomes: list[Outcome]) -> Tally:
    rows = [row(start + index * timedelta(minutes=15), one) for index, one in enumerate(outcomes)]
    return made(period, material(period, rows=rows)).probes[0].total


@pytest.mark.parametrize("zones", [("UTC", "Europe/Berlin"), ("Asia/Kathmandu", "America/St_Johns")])
def test_in_another_zone_days_are_cut_elsewhere_and_nothing_is_lost(zones: tuple[str, str]) -> None:
    """The zone of reports changed: a week of runs comes to the same, in whichever days it is told."""
    start = datetime(2026, 3, 10, 12, tzinfo=UTC)
    outcomes = runs(start, 7 * 96)
    bad = [_sum(zone, start, outcomes) for zone in map(ZoneInfo, zones)]
    assert pytest.approx(bad[0]) == bad[1] == pytest.approx(900.0 * outcomes.count(Outcome.FAILED))


def _sum(zone: tzinfo, start: datetime, outcomes: list[Outcome]) -> float:
    first = start.astimezone(zone).date()
    each = (day(first + timedelta(days=index), zone) for index in range(9))
    return sum(counted(period, start, outcomes).bad for period in each)


def test_days_without_anything_in_a_week_are_missing_and_not_fine() -> None:
    period = week(date(2026, 3, 2), UTC)
    known = [row(period.start + index * timedelta(minutes=15)) for index in range(4 * 96)]
    report = made(period, material(period, rows=known))
    (probe,) = report.probes
    assert (4 * 96, 7 * 96, False) == (probe.total.judged_runs, probe.total.due, probe.trusted)
    assert "no failure seen" == wording.availability(probe.total)
    assert not wording.all_fine(report)
    assert "coverage 57.1 %" in wording.subject(report)
    assert "100 %" not in text.render(report)


def test_without_anything_at_all_every_figure_is_none() -> None:
    period = day(date(2026, 3, 2), UTC)
    told = json.loads(document.render(made(period, material(period))))
    total = told["probes"][0]["total"]
    assert [None, None, 0.0] == [total["availability"], total["success"], total["coverage"]]
    assert [] == json.loads(document.render(made(period)))["probes"]


def test_what_a_stalled_machine_measured_counts_in_no_latency() -> None:
    period = day(date(2026, 3, 2), UTC)
    slow = [
        run(at(900 * index, period.start), latency=30.0, step_latency=30.0, quality=Quality(lag=9.0, suspect=True))
        for index in range(10)
    ]
    fine = [run(at(900 * index, period.start)) for index in range(10, 96)]
    rows = [row(one.key.slot, latency=one.latency) for one in (*slow, *fine)]
    (probe,) = made(period, material(period, rows=rows, results=[*slow, *fine])).probes
    journey = probe.steps[0]
    assert (96, 86, 0.25) == (journey.runs, journey.latency.count, journey.latency.maximum)
    assert 1.0 == probe.total.availability


def test_runs_of_an_agent_whose_clock_is_ahead_wait_for_their_time() -> None:
    """A slot that lies after what is known counts in nothing, and is not the last result."""
    period, now = day(date(2026, 3, 2), UTC), datetime(2026, 3, 2, 6, tzinfo=UTC)
    known = [row(at(900 * index, period.start)) for index in range(24)]
    ahead = [row(at(3600, now), Outcome.FAILED), row(at(7200, now), Outcome.FAILED)]
    report, without = (made(period, material(period, rows=rows), as_of=now) for rows in ([*known, *ahead], known))
    assert without == report
    assert at(900 * 23, period.start) == report.last_result


@pytest.mark.parametrize(
    ("bad", "missing", "shown"),
    [
        pytest.param(0.0, 0, "100 %", id="nothing bad and nothing missing"),
        pytest.param(0.0, 1, "no failure seen", id="nothing bad and one run missing"),
        pytest.param(4.32, 0, "99.99 %", id="99.995 is not 100"),
        pytest.param(0.001, 0, "99.99 %", id="99.999999 is not 100"),
        pytest.param(86.4, 0, "99.90 %", id="99.9 is 99.90"),
        pytest.param(87.0, 0, "99.89 %", id="and a little less is less"),
    ],
)
def test_a_hundred_per_cent_is_printed_only_if_nothing_is_bad_and_nothing_missing(
    bad: float, missing: int, shown: str
) -> None:
    tally = Tally(86400.0 - bad, bad, 1440 - missing - (bad > 0), int(bad > 0), 1440)
    assert shown == wording.availability(tally)
    assert ("100 %" in wording.success(tally)) is (shown == "100 %")
    assert ("100 %" == wording.coverage(tally)) is (missing == 0)


def test_a_probe_that_got_another_name_is_told_of_under_both_each_for_its_time() -> None:
    """A name is a probe's identity: nobody guesses that two are one."""
    period, noon = day(date(2026, 3, 2), UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)
    old = version("pay", LONG_AGO, until=noon, removed=True, interval=900.0)
    new = version("checkout", noon, interval=900.0)
    before = [row(at(900 * index, period.start), probe="pay") for index in range(48)]
    after = [row(at(900 * index, noon)) for index in range(48)]
    report = made(
        period,
        replace(material(period), name="pay", rows=before, versions=[old], since=LONG_AGO),
        material(period, rows=after, versions=[new], since=noon),
    )
    found = {one.name: (one.total.due, one.total.judged_runs, one.total.availability) for one in report.probes}
    assert {"pay": (48, 48, 1.0), "checkout": (48, 48, 1.0)} == found
    compared = {one.name: one.beyond.comparisons[0].known for one in report.probes}
    assert {"pay": False, "checkout": False} == compared
