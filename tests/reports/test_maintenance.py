"""Planned maintenance owns no judged time and is shown as what it is; silences change no figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from synthmon.app.centre_side import versions_of
from synthmon.app.reporting import ReportDesk
from synthmon.judge.windows import Window
from synthmon.model.incident import Decision, Health
from synthmon.model.probe import Objective, Severity
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import Outcome
from synthmon.reports import wording
from synthmon.reports.charts import strip
from synthmon.reports.figures.health import seconds_per_state, seconds_planned, timeline
from synthmon.reports.figures.planned import planned
from synthmon.reports.figures.report import ProbeFigures, Report
from synthmon.reports.html import render
from synthmon.schedule import slots
from synthmon.store.memory import MemoryStore
from tests.making import at, change, incident, missed, probe, run

MONDAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
LATER = datetime(2026, 3, 5, tzinfo=UTC)
HOUR = 3600.0


def hours(count: float) -> datetime:
    return at(count * HOUR, MIDNIGHT)


def quiet(start: float, end: float, kind: QuietKind = QuietKind.MAINTENANCE, **covers: object) -> Quiet:
    meant = Selection(**(covers or {"probe": "checkout"}))  # type: ignore[arg-type]
    return Quiet(kind, meant, hours(start), hours(end), "new disks", "ada")


def make_desk(folder: Path, *quiets: Quiet, windows: tuple[Window, ...] = ()) -> ReportDesk:
    """A day on which the probe ran every minute and failed from two to four o'clock."""
    declared = probe()
    store = MemoryStore()
    store.record_versions([replace(one, since=hours(-48)) for one in versions_of({"checkout": declared})], hours(-48))
    due = slots("checkout", "local", 60.0, at(-0.001, MIDNIGHT), at(86399.999, MIDNIGHT))
    assert len(due) == 1440
    down = [hours(2) <= slot < hours(4) for slot in due]
    store.keep([run(slot, Outcome.FAILED if bad else Outcome.PASSED) for slot, bad in zip(due, down, strict=True)])
    beliefs = (change(hours(0), Health.UP), change(hours(2), Health.DOWN, "pay"), change(hours(4), Health.UP))
    store.apply(Decision(0, health=beliefs))
    for one in quiets:
        store.keep_quiet(one)
    return ReportDesk(store, "test", UTC, folder, lambda: windows)


def day(desk: ReportDesk) -> Report:
    declared = probe(objectives=(Objective("availability", 0.99, 86400.0),))
    return desk.daily(MONDAY, LATER, {"checkout": declared})


def figures(desk: ReportDesk) -> ProbeFigures:
    [found] = day(desk).probes
    return found


def test_without_maintenance_the_two_hours_are_bad(tmp_path: Path) -> None:
    made = figures(make_desk(tmp_path))
    assert (made.total.bad_runs, made.total.due, made.total.planned) == (120, 1440, 0)
    assert made.total.bad == pytest.approx(7200.0)
    assert wording.availability(made.total) == "91.66 %"


def test_failed_runs_in_maintenance_are_neither_bad_nor_due(tmp_path: Path) -> None:
    made = figures(make_desk(tmp_path, quiet(2, 4)))
    assert (made.total.bad, made.total.bad_runs) == (0.0, 0)
    assert (made.total.good_runs, made.total.due, made.total.planned) == (1320, 1320, 120)
    assert made.total.coverage == 1.0
    # The last run before it and the last run of it end each other's time: what is judged is the day less two hours.
    assert made.total.judged == pytest.approx(86400.0 - 7200.0, abs=60.0)
    assert wording.availability(made.total) == "100 %"
    assert made.objectives[0].used == 0.0


def test_good_runs_in_maintenance_are_not_good_either(tmp_path: Path) -> None:
    made = figures(make_desk(tmp_path, quiet(3, 6)))
    assert (made.total.good_runs, made.total.bad_runs, made.total.planned) == (1440 - 120 - 120, 60, 180)
    assert made.total.bad == pytest.approx(3600.0, abs=60.0)
    assert made.total.due == 1260
    assert [step.runs for step in made.steps] == [1260, 1260]


def test_maintenance_that_overlaps_is_counted_once_and_what_was_lifted_only_until_then(tmp_path: Path) -> None:
    lifted = replace(quiet(3, 20), lifted_at=hours(4), lifted_by="ada")
    made = figures(make_desk(tmp_path, quiet(2, 3.5), lifted))
    assert (made.total.planned, made.planned) == (120, 7200.0)


def test_a_silence_changes_no_figure(tmp_path: Path) -> None:
    silent = make_desk(tmp_path, quiet(0, 24, QuietKind.SILENCE))
    assert figures(silent) == figures(make_desk(tmp_path))
    assert render(day(silent)) == render(day(make_desk(tmp_path)))


def test_maintenance_of_another_probe_or_of_one_severity_changes_no_figure(tmp_path: Path) -> None:
    other = make_desk(tmp_path, quiet(2, 4, probe="login"), quiet(2, 4, tag="web"))
    assert figures(other) == figures(make_desk(tmp_path))
    pages = make_desk(tmp_path, quiet(2, 4, probe="checkout", severity=Severity.PAGE))
    assert figures(pages).total == figures(make_desk(tmp_path)).total


def test_missed_slots_in_maintenance_lower_no_coverage(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, quiet(24, 25))
    due = slots("checkout", "local", 60.0, hours(24), hours(25))
    desk.store.note_missed([missed(slot) for slot in due])
    tuesday = desk.daily(date(2026, 3, 3), LATER, {"checkout": probe()}).probes[0]
    assert tuesday.total.due == 1440 - 60  # one that left no trace was due as well
    assert (tuesday.total.by_outcome or {})[Outcome.MISSED] == 0


def test_maintenance_that_recurs_comes_from_the_settings(tmp_path: Path) -> None:
    nightly = Window("backup", Selection("checkout"), "FREQ=DAILY;BYHOUR=2", timedelta(hours=2), UTC)
    made = figures(make_desk(tmp_path, windows=(nightly,)))
    assert (made.total.planned, made.total.bad) == (120, 0.0)
    assert [one.reason for one in made.maintenance] == ["backup"]


def test_a_day_that_was_all_maintenance_is_no_lack_of_data(tmp_path: Path) -> None:
    made = day(make_desk(tmp_path, quiet(-1, 25)))
    assert made.probes[0].total.due == 0
    assert made.probes[0].trusted
    assert wording.availability(made.probes[0].total) == "maintenance"
    assert wording.subject(made) == "fine, no outage"


def test_states_and_maintenance_add_up_to_the_day(tmp_path: Path) -> None:
    made = figures(make_desk(tmp_path, quiet(3, 5)))
    assert (made.states[Health.UP], made.states[Health.DOWN], made.planned) == (21 * HOUR, HOUR, 2 * HOUR)
    assert sum(made.states.values()) + made.planned == 86400.0


def test_the_strip_shows_maintenance_in_the_place_of_what_was_believed(tmp_path: Path) -> None:
    report = day(make_desk(tmp_path, quiet(2, 4)))
    drawing = strip(report.probes[0].spans, report.period)
    assert [(bar.state, bar.x, bar.width) for bar in drawing.bars] == [
        ("up", 0.0, 8.333),
        ("maintenance", 8.333, 8.333),
        ("up", 16.667, 83.333),
    ]
    assert drawing.summary == "up 22 h, maintenance 2 h"


def test_the_page_tells_of_maintenance_and_how_it_was_counted(tmp_path: Path) -> None:
    html = render(day(make_desk(tmp_path, quiet(2, 4))))
    assert "Maintenance for 2 h: 120 runs in it count in no figure. 02:00:00 to 04:00:00: new disks (ada)." in html
    assert "<dt>Maintenance</dt>" in html
    assert "Was not down (1)" in html
    assert 'fill="url(#p-maintenance)"' in html


def test_an_incident_that_only_maintenance_knew_is_listed_and_is_no_outage(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, quiet(2, 4.5))
    desk.store.apply(Decision(0, incidents=(incident(hours(2), resolved_at=hours(4)),)))
    report = day(desk)
    assert wording.subject(report) == "fine, no outage"
    assert '<span class="tag maintenance">in maintenance</span>' in render(report)


def test_an_incident_that_outlasts_maintenance_and_is_told_is_an_outage(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, quiet(2, 3))
    desk.store.apply(Decision(0, incidents=(incident(hours(2), resolved_at=hours(4), told_at=hours(3)),)))
    assert "1 outage" in wording.subject(day(desk))


def test_a_probe_in_maintenance_at_the_end_is_not_called_down() -> None:
    spans = timeline([change(hours(0), Health.DOWN)], hours(0), hours(2), planned([quiet(1, 3)]))
    assert [(span.state, span.seconds) for span in spans] == [("down", HOUR), ("maintenance", HOUR)]
    assert (seconds_per_state(spans)[Health.DOWN], seconds_planned(spans)) == (HOUR, HOUR)


def test_instants_lie_in_the_merged_stretches_from_their_start_to_before_their_end() -> None:
    known = planned([quiet(5, 6), quiet(1, 2), quiet(2, 3), quiet(1.5, 1.6), quiet(7, 8, QuietKind.SILENCE)])
    assert known.stretches == ((hours(1), hours(3)), (hours(5), hours(6)))
    inside = [hour for hour in (0.9, 1, 2, 2.9, 3, 4, 5, 6, 7.5) if known.holds(hours(hour))]
    assert inside == [1, 2, 2.9, 5]
    assert (known.ends(hours(2.5)), known.ends(hours(4))) == (hours(3), None)
