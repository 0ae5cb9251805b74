"""A day on which a probe changed: what was in force at the time counts, not what is in force now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from synthmon.model.probe import Objective
from synthmon.model.run import Outcome
from synthmon.reports import wording
from synthmon.reports.figures.material import Material
from synthmon.reports.figures.period import day
from synthmon.reports.figures.report import Frame, ProbeFigures, build
from synthmon.reports.html import render
from synthmon.schedule import slots
from tests.making import at, missed, row, version

START = datetime(2026, 3, 2, tzinfo=UTC)
NOON = at(43200.0, START)
DAY = day(START.date(), UTC)


def figures(**changes: Any) -> ProbeFigures:
    """Checkout over the whole of Monday."""
    values: dict[str, Any] = {
        "name": "checkout",
        "title": "Customer can check out",
        "regions": ("eu",),
        "interval": 60.0,
        "timeout": 10.0,
        "versions": [version(since=START, regions=("eu",))],
    }
    frame = Frame("test", DAY, at(86400.0 * 2, START), "abc123")
    (made,) = build(frame, [Material(**{**values, **changes})]).probes
    return made


def rows(region: str, every: float, start: datetime, end: datetime, outcome: Outcome = Outcome.PASSED) -> list[Any]:
    return [row(slot, outcome, region=region) for slot in slots("checkout", region, every, start, end)]


def test_an_hour_of_outage_costs_an_hour_though_the_probe_runs_more_often_since() -> None:
    ten, eleven = at(36000.0, START), at(39600.0, START)
    known = [
        *rows("eu", 300, at(-301, START), ten),
        *rows("eu", 300, ten, eleven, Outcome.FAILED),
        *rows("eu", 300, eleven, NOON),
        *rows("eu", 10, NOON, DAY.end),
    ]
    versions = [
        version(since=at(-86400, START), until=NOON, interval=300.0, regions=("eu",)),
        version(since=NOON, interval=10.0, timeout=5.0, regions=("eu",)),
    ]
    made = figures(
        rows=known,
        versions=versions,
        interval=10.0,
        timeout=5.0,
        objectives=(Objective("availability", 0.95, 86400.0),),
    )
    assert pytest.approx(3600.0) == made.total.bad
    assert pytest.approx(86400.0) == made.total.judged
    assert pytest.approx(3600.0) == made.objectives[0].used


def test_a_probe_that_runs_less_often_than_before_owns_no_time_of_a_silence_before_the_change() -> None:
    versions = [
        version(since=at(-86400, START), until=NOON, interval=10.0, timeout=5.0, regions=("eu",)),
        version(since=NOON, interval=3600.0, timeout=5.0, regions=("eu",)),
    ]
    made = figures(rows=[row(at(36000.0, START), region="eu")], versions=versions, interval=3600.0, timeout=5.0)
    assert 30.0 == made.total.good


def test_a_region_counts_from_when_to_when_it_was_there() -> None:
    versions = [
        version(since=START, until=NOON, regions=("eu", "us")),
        version(since=NOON, regions=("eu",)),
    ]
    known = rows("eu", 60, at(-1, START), DAY.end) + rows("us", 60, at(-1, START), NOON, Outcome.FAILED)
    gone = [missed(slot, region="us") for slot in slots("checkout", "us", 60, NOON, at(60, NOON))]
    made = figures(
        rows=known,
        missed=gone,
        versions=versions,
        regions=("eu", "us"),
        objectives=(Objective("availability", 0.5, 86400.0),),
    )
    assert (1440, 720) == (made.regions["eu"].due, made.regions["us"].due)
    assert (1.0, 0.0) == (made.regions["eu"].availability, made.regions["us"].availability)
    assert pytest.approx(43200.0, abs=120) == made.total.bad
    # One and a half regions were there on average, and one of them was down for half a day.
    assert pytest.approx(43200.0 / 1.5, abs=120) == made.objectives[0].used


def test_the_day_on_which_a_probe_began_is_covered_from_its_beginning() -> None:
    made = figures(rows=rows("eu", 60, NOON, DAY.end), versions=[version(since=NOON, regions=("eu",))])
    assert (720, 1.0) == (made.total.due, made.total.coverage)
    assert made.trusted


def test_a_day_of_nothing_but_our_own_errors_is_no_day_of_a_hundred_per_cent() -> None:
    made = figures(rows=rows("eu", 60, at(-1, START), DAY.end, Outcome.ERROR))
    assert (None, 0.0, 0.0) == (made.total.availability, made.total.coverage, made.total.bad)
    assert ("no data", "0.0 %") == (wording.availability(made.total), wording.coverage(made.total))
    assert not made.trusted


def test_five_seconds_of_outage_in_a_day_is_not_a_hundred_per_cent() -> None:
    first, *others = rows("eu", 5, at(-1, START), DAY.end)
    failed = row(first.slot, Outcome.FAILED, region="eu")
    made = figures(
        rows=[failed, *others],
        versions=[version(since=START, interval=5.0, regions=("eu",))],
        interval=5.0,
    )
    assert "99.99 %" == wording.availability(made.total)
    assert not made.flawless


def test_without_a_failure_but_with_a_run_missing_it_is_no_hundred_per_cent_either() -> None:
    known = rows("eu", 60, at(-1, START), DAY.end)
    gone = missed(known[700].slot, region="eu")
    made = figures(rows=known[:700] + known[701:], missed=[gone])
    assert "no failure seen" == wording.availability(made.total)
    assert "99.9 %" == wording.coverage(made.total)
    assert "100 %" == wording.availability(figures(rows=known).total)


def test_flaky_runs_and_failed_cleanups_are_said_whether_there_is_one_region_or_more() -> None:
    for regions in (("eu",), ("eu", "us")):
        known = [row(at(60, START), region="eu", flaky=True, cleanup_failed=True)]
        of_probe = Material(
            "checkout", "Checkout", regions, 60.0, 10.0, rows=known, versions=[version(since=START, regions=regions)]
        )
        html = render(build(Frame("test", DAY, DAY.end, "abc123"), [of_probe]))
        assert "1 run passed only after a retry (flaky)" in html
        assert "Cleanup failed in 1 run." in html
