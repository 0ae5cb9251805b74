"""The course of a period adds up to its figures, from runs and from what was kept of runs alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from synthmon.model.incident import Health
from synthmon.model.probe import Objective
from synthmon.model.run import Outcome, Quality
from synthmon.reports import drawn, text, wording
from synthmon.reports.charts.heat import heat
from synthmon.reports.charts.latency import latency
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.course import Course
from synthmon.reports.figures.material import Material
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.period import Period, PeriodKind, day, week
from synthmon.reports.figures.period import days as period_of
from synthmon.reports.figures.report import COURSES, FEW, Frame, ProbeFigures, Report, build
from synthmon.reports.figures.rolling import Seen, roll_up
from synthmon.reports.html import render
from tests.making import at, change, missed, row, run, version

MONDAY = day(date(2026, 3, 2), UTC)


def material(period: Period = MONDAY, name: str = "checkout", **changes: object) -> Material:
    """Every five minutes in two regions; down from 12:00 to 13:00 in one, slow in both at 18:00; 20:00 is missing."""
    start, rows, gone = period.start, [], []
    for region in ("eu", "us"):
        for index in range(int(period.seconds // 300)):
            slot, hour = at(300 * index, start), index / 12
            if 20 <= hour < 21:
                gone.append(missed(slot, name, region))
                continue
            failed = region == "us" and 12 <= hour < 13
            latency = None if failed else 2.0 if 18 <= hour < 19 else 0.2
            outcome = Outcome.FAILED if failed else Outcome.PASSED
            rows.append(row(slot, outcome, probe=name, region=region, latency=latency))
    values: dict[str, object] = {
        "name": name,
        "title": f"Customer can {name}",
        "regions": ("eu", "us"),
        "interval": 300.0,
        "timeout": 10.0,
        "rows": rows,
        "missed": gone,
        "versions": [version(name, since=start, interval=300.0, regions=("eu", "us"))],
        "changes": [change(start, Health.UP, name=name)],
    }
    return Material(**{**values, **changes})  # type: ignore[arg-type]


def report(*materials: Material, period: Period = MONDAY, as_of: datetime | None = None) -> Report:
    return build(Frame("test", period, as_of or period.end + timedelta(hours=7), "abc123"), materials)


def course(probe: ProbeFigures) -> Course:
    assert probe.course is not None
    return probe.course


def test_the_hours_of_a_region_add_up_to_its_figures() -> None:
    (probe,) = report(material()).probes
    assert ["eu", "us"] == list(course(probe).regions)
    for region, patches in course(probe).regions.items():
        assert 24 == len(patches)
        together = sum((patch.tally for patch in patches), Tally())
        expected = probe.regions[region]
        assert pytest.approx([expected.good, expected.bad]) == [together.good, together.bad]
        assert (expected.judged_runs, expected.due) == (together.judged_runs, together.due)
    noon = course(probe).regions["us"][12]
    assert (0.0, 12) == (noon.tally.availability, noon.tally.bad_runs)


def test_latencies_come_by_quarters_with_gaps_and_failures() -> None:
    (probe,) = report(material()).probes
    moments = course(probe).latency
    assert 96 == len(moments)
    assert [moment.start for moment in moments if moment.failed] == [at(900 * n, MONDAY.start) for n in range(48, 52)]
    assert all(moment.p95 is None and not moment.runs for moment in moments[80:84])
    assert pytest.approx(2.0, rel=0.01) == moments[72].p95
    assert pytest.approx(0.2, rel=0.01) == moments[0].p50


def test_what_was_kept_of_runs_that_are_gone_gives_the_same_course() -> None:
    whole = material()
    cut = at(15 * 3600, MONDAY.start)
    seen = Seen("checkout", whole.rows, (), whole.missed, whole.versions)
    kept = material(
        rows=[one for one in whole.rows if one.slot >= cut - timedelta(minutes=15)],
        rollups=roll_up(seen, MONDAY.start, cut),
        raw_from=cut,
    )
    (first,), (second,) = report(whole).probes, report(kept).probes
    for region in ("eu", "us"):
        for one, other in zip(course(first).regions[region], course(second).regions[region], strict=True):
            assert pytest.approx(one.tally.good) == other.tally.good
            assert (one.tally.bad_runs, one.tally.judged_runs) == (other.tally.bad_runs, other.tally.judged_runs)
    assert [moment.failed for moment in course(first).latency] == [moment.failed for moment in course(second).latency]


def test_a_day_that_is_not_over_ends_where_what_is_known_ends() -> None:
    (probe,) = report(material(), as_of=at(14.5 * 3600, MONDAY.start)).probes
    assert 15 == len(course(probe).regions["eu"])
    assert at(14.5 * 3600, MONDAY.start) == course(probe).regions["eu"][-1].end


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_on_which_clocks_change_has_as_many_hours_as_it_is_long(on: date, hours: int) -> None:
    period = day(on, ZoneInfo("Europe/Berlin"))
    (probe,) = report(material(period), period=period).probes
    assert (hours, 4 * hours) == (len(course(probe).regions["eu"]), len(course(probe).latency))


def test_a_week_is_told_by_days_and_its_latency_by_hours() -> None:
    period = week(date(2026, 3, 2), UTC)
    (probe,) = report(material(period), period=period).probes
    assert (7, 168) == (len(course(probe).regions["eu"]), len(course(probe).latency))


def test_a_week_that_ends_now_begins_and_ends_within_a_day() -> None:
    calendar = week(date(2026, 3, 2), UTC)
    period = Period(calendar.start + timedelta(hours=13), calendar.end - timedelta(hours=5), UTC, PeriodKind.RANGE)
    (probe,) = report(material(calendar), period=period, as_of=period.end).probes
    patches = course(probe).regions["eu"]
    assert (7, period.start, period.end) == (len(patches), patches[0].start, patches[-1].end)
    together = sum((patch.tally for patch in patches), Tally())
    assert pytest.approx(probe.regions["eu"].good) == together.good


def test_a_year_is_told_by_stretches_of_some_days() -> None:
    period = period_of(date(2025, 1, 1), date(2025, 12, 31), ZoneInfo("Europe/Berlin"))
    made = report(material(rows=[], missed=[], versions=[version(since=period.start, interval=300.0)]), period=period)
    patches = course(made.probes[0]).regions["eu"]
    assert (61, period.start, period.end) == (len(patches), patches[0].start, patches[-1].end)
    assert all(one.end == other.start for one, other in pairwise(patches))
    drawing = heat({"eu": patches}, period)
    assert ("6 days", "nothing judged") == (drawing.unit, drawing.summary)


def test_of_many_only_what_has_something_to_see_is_drawn() -> None:
    start = MONDAY.start
    few = [row(at(43200 * n, start), probe="well", region="eu") for n in range(2)]
    seldom = version(since=start, interval=43200.0, regions=("eu",))
    alike: dict[str, Any] = {"rows": few, "missed": [], "regions": ("eu",), "interval": 43200.0}
    well = material(name="well", versions=[replace(seldom, probe="well")], **alike)
    others = [replace(well, name=f"well-{n}", versions=[replace(seldom, probe=f"well-{n}")]) for n in range(FEW)]
    made = report(material(), *others)
    assert [True] + [False] * FEW == [probe.course is not None for probe in made.probes]
    assert [True] + [False] * FEW == [drawn.drawings(made, probe).any for probe in made.probes]
    assert drawn.drawings(made := report(well), made.probes[0]).any


def test_of_very_many_only_the_worst_are_drawn() -> None:
    silent = [
        material(name=f"probe-{n}", rows=[], missed=[], changes=[], regions=(), versions=[]) for n in range(COURSES + 5)
    ]
    assert COURSES == sum(probe.course is not None for probe in report(*silent).probes)


def days(**bad: int) -> list[Day]:
    start = MONDAY.start - timedelta(days=35)
    return [
        Day(
            at(86400 * n, start),
            at(86400 * (n + 1), start),
            Tally(172800 - 600.0 * bad.get(f"d{n}", 0), 600.0 * bad.get(f"d{n}", 0), 576, bad.get(f"d{n}", 0), 576),
        )
        for n in range(36)
    ]


def test_thirty_days_end_with_the_day_that_is_told_of() -> None:
    made = report(material(days=days(d30=3)))
    month = drawn.drawings(made, made.probes[0]).month
    assert month is not None
    assert ["Wed 25 Feb", "Mon 2 Mar"] == [box.label.split(":")[0] for box in month.bars]
    assert "30 of 30 days judged" in month.summary


@pytest.mark.parametrize("length", [timedelta(hours=24), timedelta(hours=48)])
def test_thirty_days_of_any_other_stretch_are_whole_days_by_their_own_date(length: timedelta) -> None:
    """The last 24 hours lie on two dates; two days from midnight to midnight are told of by both."""
    end = MONDAY.end if length > timedelta(hours=24) else at(20 * 3600, MONDAY.start)
    period = Period(end - length, end, UTC, PeriodKind.RANGE)
    made = report(material(days=days(d34=2, d35=3)), period=period)
    month = drawn.drawings(made, made.probes[0]).month
    assert month is not None
    assert ["Sun 1 Mar", "Mon 2 Mar"] == [box.label.split(":")[0] for box in month.bars]


def test_a_run_in_which_what_measured_had_stalled_counts_in_no_latency_and_is_told_of() -> None:
    """The chart and the table agree, and the table says why its latencies are of fewer runs."""
    slots = [at(60 * n, MONDAY.start) for n in range(4)]
    rows = [row(slot, latency=9.0 if n == 3 else 0.2, suspect=n == 3) for n, slot in enumerate(slots)]
    runs = [run(slot, latency=9.0 if n == 3 else 0.2) for n, slot in enumerate(slots)]
    runs[3] = replace(runs[3], quality=Quality(suspect=True))
    made = report(material(rows=rows, results=runs, missed=[], regions=("local",)))
    (probe,) = made.probes
    assert probe.course is not None
    first, *_ = probe.course.latency
    assert (4, True) == (first.runs, first.p95 == pytest.approx(0.2, rel=0.01))
    assert "  1 of 4 good runs counts in no latency: what measured had stalled" in text.render(made)
    assert "1 of 4 good runs counts in no latency: what measured had stalled." in render(made)


def test_every_chart_of_a_report_has_words_and_no_size_that_grows_with_the_runs() -> None:
    html = render(report(material(days=days(d30=3))))
    drawings = html.split('role="img"')[1:]
    assert 4 == len(drawings)
    for drawing in drawings:
        assert 'aria-label="' in drawing
        assert "<title>" in drawing
        assert "<desc>" in drawing
    sizes = [len(figure.split("</figure>")[0]) for figure in html.split('<figure class="chart">')[1:]]
    assert max(sizes) < 12_000


def test_the_text_says_what_the_drawings_show() -> None:
    said = text.render(report(material(days=days(d30=3))))
    assert "  latency over the period: p95 from 199 ms to 2.00 s, slowest at 18:00; 12 runs failed" in said
    assert (
        "  regions over the period: failures in 1 of 46 hours of 2 regions; worst us, 12:00 to 13:00: 0.00 %, 1 h bad"
        in said
    )
    assert "  thirty days: 30 of 30 days judged: " in said


def test_what_never_changed_is_said_once() -> None:
    rows = [row(at(300 * n, MONDAY.start), latency=2.0) for n in range(3)]
    (probe,) = report(material(rows=rows, missed=[], regions=("local",))).probes
    assert probe.course is not None
    said = latency(probe.course.latency, MONDAY, 1.0).summary
    assert "p95 2.00 s throughout; budget 1.00 s, above it in 1 of 1 stretch" == said


def test_a_day_without_a_failure_says_which_objective_is_missed() -> None:
    """Else a reader finds `100 % (objective 99.5 %)` in red, and not why."""
    fast = Objective("speed", 0.99, 30 * 86400.0, within=1.0)
    rows = [row(at(300 * n, MONDAY.start), latency=2.0) for n in range(288)]
    known = [version(since=MONDAY.start, interval=300.0, regions=("local",))]
    made = report(material(rows=rows, missed=[], regions=("local",), objectives=(fast,), versions=known))
    assert "objective speed missed over 30 d" in wording.subject(made)


def test_two_good_probes_are_both_fine() -> None:
    def calm(name: str) -> Material:
        rows = [row(at(300 * n, MONDAY.start), probe=name) for n in range(288)]
        known = [version(name, since=MONDAY.start, interval=300.0, regions=("local",))]
        return material(name=name, rows=rows, missed=[], regions=("local",), versions=known)

    made = report(calm("login"), calm("search"))
    assert "both probes fine, no outage" == wording.subject(made)


def test_releases_stand_in_the_strip() -> None:
    start, noon = MONDAY.start, at(12 * 3600, MONDAY.start)
    versions = [
        version(since=start, until=noon, interval=300.0, regions=("eu", "us")),
        version(since=noon, content_hash="1" * 64, interval=300.0, regions=("eu", "us")),
    ]
    made = report(material(versions=versions))
    assert ["12:00:00: the probe's file changed"] == [mark.label for mark in drawn.states(made, made.probes[0]).marks]
