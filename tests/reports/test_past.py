"""Days of a probe, in the period and before it: cut where the zone cuts them, added up without loss."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from synthmon.model.histogram import Histogram
from synthmon.model.rollup import QUARTER, Rollup
from synthmon.model.run import Outcome
from synthmon.reports.figures.latency import JOURNEY, step_figures, steps_by_region, together
from synthmon.reports.figures.past import days_from, days_of, over
from synthmon.reports.figures.period import day, week
from tests.making import at, run, step

SUNDAY = date(2026, 3, 29)  # 23 hours in Berlin
BERLIN = ZoneInfo("Europe/Berlin")


def rollup(bucket: datetime, bad: float = 0.0, latency: float = 0.2, region: str = "local") -> Rollup:
    return Rollup(
        bucket, "checkout", region, {Outcome.PASSED: 1}, 1, 0, 900 - bad, bad, journeys=Histogram.of([latency])
    )


def test_days_before_the_period_and_in_it_are_those_of_the_zone() -> None:
    wanted = days_of(day(SUNDAY, BERLIN), 2)
    assert [24.0, 24.0, 23.0] == [(end - start).total_seconds() / 3600 for start, end in wanted]
    assert datetime(2026, 3, 26, 23, tzinfo=UTC) == wanted[0][0]
    assert 35 + 7 == len(days_of(week(SUNDAY, BERLIN)))


def test_what_was_kept_of_quarters_is_put_together_to_days_over_all_regions() -> None:
    period = day(SUNDAY, BERLIN)
    quarters = [period.start - QUARTER, period.start, period.end - QUARTER, period.end]
    kept = [rollup(bucket, bad=90.0, region=region) for bucket in quarters for region in ("eu", "us")]
    before, itself = days_from(kept, period, 1)
    assert (180.0, 2, 360.0, 4) == (before.tally.bad, before.tally.due, itself.tally.bad, itself.tally.due)
    assert 4 == itself.journey.latency.count


def test_a_day_of_which_nothing_is_known_is_empty() -> None:
    (alone,) = days_from([], day(SUNDAY, BERLIN), 0)
    assert (None, None, None) == (alone.tally.availability, alone.tally.coverage, alone.journey.latency.quantile(0.95))


def test_days_are_put_together_to_what_lies_between_two_instants() -> None:
    period = day(SUNDAY, UTC)
    kept = [rollup(period.start + timedelta(days=shift), bad=9.0 * (3 + shift)) for shift in (-3, -2, -1, 0)]
    days = days_from(kept, period, 3)
    assert 9.0 + 18.0 == over(days, period.start - timedelta(days=2), period.start).tally.bad
    assert 2 == over(days, period.start - timedelta(days=2), period.start).journey.runs


def test_regions_together_are_what_all_runs_come_to() -> None:
    results = [
        run(at(index * 60), region=region, steps=(step("log-in"), step("pay", latency=0.1 * (1 + index))))
        for index in range(9)
        for region in ("eu", "us")
    ]
    results.append(run(at(999), Outcome.FAILED, region="us", steps=(step("log-in", Outcome.FAILED),)))
    regions = steps_by_region(results)
    assert {"eu": 9, "us": 10} == {region: steps[JOURNEY].runs for region, steps in regions.items()}
    assert step_figures(results) == together(regions.values())
    assert ["", "log-in", "pay"] == list(together(regions.values()))
    assert {"dns", "connect", "send", "first_byte", "transfer"} == set(regions["eu"]["pay"].phases)
    assert 9 == regions["eu"]["pay"].phases["first_byte"].count
