"""Charts as numbers: what lies where, what is left empty, and the sentence that says the same."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from synthmon.model.incident import Health
from synthmon.reports.charts.axis import Scale, scale
from synthmon.reports.charts.heat import heat
from synthmon.reports.charts.latency import HEIGHT, Latency, latency
from synthmon.reports.charts.levels import Level, level, said
from synthmon.reports.charts.month import BURN, Budget, Month, month
from synthmon.reports.charts.phases import Day, phases
from synthmon.reports.charts.states import strip
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.course import Moment, Patch
from synthmon.reports.figures.health import Span
from synthmon.reports.figures.period import Period, day, week
from synthmon.reports.figures.period import month as month_of

MONDAY = day(date(2026, 3, 2), UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def hours(number: float, period: Period = MONDAY) -> datetime:
    return period.start + timedelta(hours=number)


def tally(due: int = 60, bad: int = 0, judged: int | None = None) -> Tally:
    """Runs of a minute each."""
    known = due if judged is None else judged
    return Tally(60.0 * (known - bad), 60.0 * bad, known - bad, bad, due)


def rectangles(path: str) -> list[tuple[float, float, float, float]]:
    """x, y, width, height of each."""
    found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z", path)
    return [(float(x), float(y), float(width), float(height)) for x, y, width, height in found]


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (tally(), Level.FINE),
        (tally(2000, 1), Level.SLIGHT),
        (tally(1000, 2), Level.SOME),
        (tally(60, 6), Level.BAD),
        (tally(60, 0, 50), Level.INSUFFICIENT),
        (tally(60, 0, 0), Level.INSUFFICIENT),
        (tally(60, 30, 30), Level.BAD),
        (Tally(planned=60), Level.NOTHING),
        (Tally(), Level.NOTHING),
    ],
)
def test_a_stretch_is_as_good_as_it_was_and_unknown_is_never_good(counted: Tally, expected: Level) -> None:
    assert expected is level(counted, 0.999)


def test_a_stretch_in_words_is_never_better_than_it_was() -> None:
    assert "100 %" == said(tally())
    assert "no failure seen" == said(tally(60, 0, 59))
    assert "no failure seen (30 of 60 due runs judged)" == said(tally(60, 0, 30))
    assert "99.99 %, 1 min bad" == said(Tally(1e9, 60.0, 10**6, 1, 10**6 + 1))
    assert "no data (0 of 60 due runs judged)" == said(tally(60, 0, 0))
    assert "maintenance" == said(Tally(planned=3))


def test_values_far_apart_are_shown_by_their_logarithm_and_others_from_zero() -> None:
    near, far = scale([0.2, 1.0], 100), scale([0.02, 5.0], 100)
    assert (False, True) == (near.logarithmic, far.logarithmic)
    assert 100 == near.y(0.0)
    assert 0 < near.y(1.0) < 15
    assert (0.1, 1.0) == far.marks
    assert (0.5, 1.0, 2.0, 5.0) == scale([0.4, 5.0], 100).marks
    assert 100 > far.y(0.02) > far.y(0.1) > far.y(1.0) > far.y(5.0) > 0
    assert (0.25, 0.5, 0.75, 1.0) == Scale(0.0, 1.0, 100).marks


def chart(budget: float | None = 1.0) -> Latency:
    """A bar an hour: one above the budget, one without anything, one with failures only."""
    moments = [Moment(hours(index), hours(index + 1), 0.3, 0.4, 60) for index in range(24)]
    moments[12] = Moment(hours(12), hours(13), 0.8, 2.0, 60, 5)
    moments[13] = Moment(hours(13), hours(14), None, None, 60, 60)
    moments[14] = Moment(hours(14), hours(15), None, None)
    return latency(moments, MONDAY, budget)


def test_a_bar_reaches_from_the_median_to_the_95th_percentile_and_a_gap_stays_a_gap() -> None:
    drawn = chart()
    band = rectangles(drawn.band)
    assert 22 == len(band) == len(rectangles(drawn.p95)) == len(rectangles(drawn.p50))
    assert not [x for x, *_ in band if 54.17 <= x < 62.5]  # 13:00 to 15:00
    assert all(0 <= y and y + height <= HEIGHT for _, y, _, height in band)
    x, y, width, height = band[12]
    assert 50.0 == x
    assert pytest.approx(4.05, abs=0.01) == width
    assert pytest.approx(HEIGHT * (1 - 2.0 / 2.2), abs=0.1) == y
    assert pytest.approx(HEIGHT * 1.2 / 2.2, abs=0.1) == height


def test_what_lies_above_the_budget_is_marked_and_failures_lie_beneath() -> None:
    drawn = chart()
    assert drawn.budget is not None
    (over,) = drawn.over
    assert ("over", 50.0) == (over.kind, over.x)
    assert pytest.approx(drawn.budget.x, abs=0.11) == over.y + over.height
    assert ["12:00: 5 of 60 runs failed", "13:00: 60 of 60 runs failed"] == [box.label for box in drawn.failures]
    assert all(box.y >= HEIGHT for box in drawn.failures)
    assert () == chart(None).over
    assert (
        "p95 from 400 ms to 2.00 s, slowest at 12:00; budget 1.00 s, above it in 1 of 22 stretches; 65 runs failed"
        == drawn.summary
    )


def test_nothing_measured_draws_an_empty_chart_and_says_so() -> None:
    drawn = latency([], MONDAY, 1.0)
    assert ("", "nothing measured") == (drawn.band, drawn.summary)


@pytest.mark.parametrize(("on", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 3, 2), 24)])
def test_cells_and_ticks_follow_the_clock_on_days_when_it_changes(on: date, length: int) -> None:
    period = day(on, BERLIN)
    drawn = heat({"eu": [Patch(hours(h, period), hours(h + 1, period), tally()) for h in range(length)]}, period)
    cells = rectangles(drawn.rows[0].fine)
    assert length == len(cells)
    assert all(pytest.approx(100 / length - 0.25, abs=0.02) == width for _, _, width, _ in cells)
    assert ["00:00", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "00:00"] == [
        tick.label for tick in drawn.ticks
    ]
    noon = next(tick.x for tick in drawn.ticks if tick.label == "12:00")
    assert pytest.approx(100 * (12 + length - 24) / length, abs=0.01) == noon


def test_a_cell_says_how_good_its_hour_was_and_hatches_what_is_not_known() -> None:
    patches = [Patch(hours(h), hours(h + 1), tally()) for h in range(24)]
    patches[3] = Patch(hours(3), hours(4), tally(60, 30))
    patches[4] = Patch(hours(4), hours(5), tally(60, 0, 20))
    patches[5] = Patch(hours(5), hours(6), tally(60, 10, 30))
    patches[6] = Patch(hours(6), hours(7), Tally(planned=60))
    drawn = heat({"eu": patches, "us": patches[:3]}, MONDAY, 0.999)
    row = drawn.rows[0]
    assert [
        ("bad", "03:00 to 04:00: 50.00 %, 30 min bad"),
        ("insufficient", "04:00 to 05:00: no failure seen (20 of 60 due runs judged)"),
        ("bad", "05:00 to 06:00: 66.66 %, 10 min bad (30 of 60 due runs judged)"),
        ("nothing", "06:00 to 07:00: maintenance"),
    ] == [(box.kind, box.label) for box in row.cells]
    assert [row.cells[2].x] == [box.x for box in row.thin]
    assert 20 == len(rectangles(row.fine))
    assert [Level.FINE, Level.BAD, Level.INSUFFICIENT, Level.NOTHING] == [one for one, _ in drawn.legend]
    assert (
        "failures in 2 of 26 hours of 2 regions; worst eu, 03:00 to 04:00: 50.00 %, 30 min bad; insufficient data in 1"
        == (drawn.summary)
    )


def test_a_week_has_a_cell_a_day() -> None:
    period = week(date(2026, 3, 2), UTC)
    days = [Patch(hours(24 * d, period), hours(24 * d + 24, period), tally(1440, 3 * (d == 2))) for d in range(7)]
    drawn = heat({"eu": days}, period)
    assert ["Wed 4 Mar: 99.79 %, 3 min bad"] == [box.label for box in drawn.rows[0].cells]
    assert ["2 Mar", "3 Mar"] == [tick.label for tick in drawn.ticks][:2]


def test_phases_are_stacked_without_gap_and_a_day_without_runs_has_no_column() -> None:
    measured = {"dns": 0.01, "connect": 0.02, "tls": 0.03, "first_byte": 0.3, "transfer": 0.04}
    days = [Day(date(2026, 3, 2), measured), Day(date(2026, 3, 3), {}), Day(date(2026, 3, 4), {"first_byte": 0.8})]
    drawn = phases(days)
    first, empty, last = drawn.columns
    assert ["dns", "connect", "tls", "first_byte", "transfer"] == [box.kind for box in first.boxes]
    for below, above in zip(first.boxes, first.boxes[1:], strict=False):
        assert pytest.approx(below.y, abs=0.11) == above.y + above.height
    assert ((), "–") == (empty.boxes, empty.total.label)
    assert ("800 ms", 14.0) == (last.total.label, last.boxes[0].y)
    assert "mean of a run on 4 Mar: 800 ms (first byte 800 ms); on 2 Mar 400 ms" == drawn.summary
    with pytest.raises(ValueError, match="no phases: sending"):
        phases([Day(date(2026, 3, 2), {"sending": 1.0})])


def thirty(budget: Budget | None, **bad: int) -> Month:
    """Thirty days of 1440 runs; `day5=30` had so many bad minutes."""
    start = MONDAY.end - timedelta(days=30)
    days = [
        Patch(start + timedelta(days=d), start + timedelta(days=d + 1), tally(1440, bad.get(f"day{d}", 0)))
        for d in range(30)
    ]
    return month(days, MONDAY, budget)


def objective(left: float, start: datetime | None = None) -> Budget:
    return Budget("availability", 0.999, 2592.0, left, start or MONDAY.end - timedelta(days=30))


def test_the_error_budget_burns_down_to_what_is_left() -> None:
    drawn = thirty(objective(left=2592.0 - 1800.0), day10=10, day20=20)
    assert drawn.burn is not None
    heights = [float(y) for y in re.findall(r"V([\d.]+)H", drawn.burn.left)]
    whole, ten, thirty_ = 0.0, BURN * 600 / 2592, BURN * 1800 / 2592
    expected = [whole] * 10 + [ten] * 10 + [thirty_] * 10
    assert pytest.approx(expected, abs=0.05) == heights
    assert "13 min 12 s of 43 min 12 s left" == drawn.burn.text
    assert () == drawn.burn.overspent
    assert ["some", "bad"] == [box.kind for box in drawn.bars]


def test_an_overspent_budget_goes_below_zero() -> None:
    drawn = thirty(objective(left=2592.0 - 3600.0), day29=60)
    assert drawn.burn is not None
    (below,) = drawn.burn.overspent
    assert drawn.burn.zero == below.y
    assert below.y + below.height <= BURN + 0.1
    assert "overspent by 16 min 48 s" == drawn.burn.text
    assert "worst 2 Mar: 95.83 %, 1 h bad; error budget of availability: overspent by 16 min 48 s" in drawn.summary


def test_a_budget_of_a_shorter_window_is_drawn_from_where_it_begins() -> None:
    drawn = thirty(objective(left=1000.0, start=MONDAY.end - timedelta(days=7)), day2=30)
    assert drawn.burn is not None
    assert drawn.burn.left.startswith("M76.67 ")


def test_releases_are_marked_and_named_and_those_of_other_days_are_not() -> None:
    spans = (Span(MONDAY.start, MONDAY.end, Health.UP),)
    drawn = strip(spans, MONDAY, [(hours(18), "2.1"), (hours(6), "2.0"), (hours(30), "3.0")])
    assert [25.0, 75.0] == [mark.x for mark in drawn.marks]
    assert "up 24 h. Released: 06:00:00: 2.0; 18:00:00: 2.1" == drawn.summary


def test_a_probe_that_flaps_for_a_month_has_a_strip_no_larger_than_another() -> None:
    period = month_of(date(2026, 3, 2), UTC)
    minutes = int(period.seconds // 60)
    states = (Health.UP, Health.DOWN, Health.DEGRADED)
    spans = tuple(
        Span(period.start + timedelta(minutes=n), period.start + timedelta(minutes=n + 1), states[n % 3], "x" * 5000)
        for n in range(minutes)
    )
    drawn = strip(spans, period, [(at, "release") for at in (span.start for span in spans)])
    assert ["down"] == [bar.state for bar in drawn.bars]
    assert 60 == len(drawn.marks)
    half = len(spans) // 2
    calm = Span(spans[half].start, period.end, Health.UP)
    drawn = strip((*spans[:half], calm), period)
    assert ["down", "up"] == [bar.state for bar in drawn.bars]
    assert pytest.approx(50, abs=0.5) == drawn.bars[1].x
    assert "1 Mar 00:00:00 to 16 Mar 12:00:00: down at times" == drawn.bars[0].label


def test_a_reason_in_a_strip_is_short() -> None:
    (bar,) = strip((Span(MONDAY.start, MONDAY.end, Health.DOWN, "x" * 5000),), MONDAY).bars
    assert len(bar.label) < 300


def test_of_very_many_regions_the_worst_are_drawn() -> None:
    regions = {f"r{n}": [Patch(hours(0), hours(1), tally(60, n % 30))] for n in range(30)}
    drawn = heat(regions, MONDAY)
    assert [f"r{n}" for n in range(6, 30)] == [row.name for row in drawn.rows]
    assert drawn.summary.endswith("6 regions without more failures are not drawn")
