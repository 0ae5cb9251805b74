"""Reports from what is kept: outages that cross midnight, that overlap, that are not over; and many made at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from structlog.typing import EventDict

from synthmon.app.centre_side import versions_of
from synthmon.app.report_clerk import WRITTEN
from synthmon.app.reporting import ReportDesk
from synthmon.model.incident import Decision, Health, Incident
from synthmon.model.probe import Severity, Track
from synthmon.reports import wording
from synthmon.reports.archive import Archive, write_page
from synthmon.reports.figures.report import Report
from synthmon.reports.html import render
from synthmon.reports.scope import Scope
from synthmon.store.memory import MemoryStore
from tests.app.installation import Installation, until
from tests.making import at, change, incident, probe, run

SUNDAY, MONDAY, TUESDAY = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
NEXT = datetime(2026, 3, 3, tzinfo=UTC)
LATER = datetime(2026, 3, 5, tzinfo=UTC)
PROBES = {"checkout": probe()}


@pytest.fixture
def desk(tmp_path: Path) -> ReportDesk:
    store = MemoryStore()
    begun = datetime(2026, 2, 1, tzinfo=UTC)
    store.record_versions([replace(one, since=begun) for one in versions_of(PROBES)], begun)
    return ReportDesk(store, "test", UTC, tmp_path)


def keep(desk: ReportDesk, *incidents: Incident) -> None:
    """Each incident as the judge keeps it, with the beliefs that go with it."""
    for one in incidents:
        ends = [change(one.resolved_at, Health.UP)] if one.resolved_at else []
        beliefs = (change(one.opened_at, Health.DOWN), *ends) if one.track is Track.DOWN else ()
        desk.store.apply(Decision(0, incidents=(one,), health=beliefs))


def of(desk: ReportDesk, day: date, as_of: datetime = LATER) -> Report:
    return desk.daily(day, as_of, PROBES)


def test_an_outage_across_midnight_is_told_of_on_both_days_with_its_whole_length(desk: ReportDesk) -> None:
    keep(desk, incident(at(-600, MIDNIGHT), opened_at=at(-600, MIDNIGHT), resolved_at=at(1200, MIDNIGHT)))
    sunday, monday, tuesday = of(desk, SUNDAY), of(desk, MONDAY), of(desk, TUESDAY)
    assert [1, 1, 0] == [len(report.incidents) for report in (sunday, monday, tuesday)]
    assert [600.0, 1200.0, 0.0] == [report.probes[0].states[Health.DOWN] for report in (sunday, monday, tuesday)]
    assert "30 min" in render(sunday)
    assert "30 min" in render(monday)


def test_an_outage_that_is_not_over_is_said_to_go_on_and_lasts_until_what_is_known(desk: ReportDesk) -> None:
    began = at(-3600, NEXT)
    keep(desk, incident(began, opened_at=began))
    running = of(desk, MONDAY, at(-1800, NEXT))
    assert "30 min so far" in render(running)
    assert Health.DOWN is running.probes[0].now
    closed = of(desk, MONDAY)
    assert "1 h so far" in render(closed)
    assert "Down at the end (1)" in render(closed)
    assert 86400.0 == of(desk, TUESDAY).probes[0].states[Health.DOWN]


def test_outages_that_overlap_are_each_told_of_and_no_second_is_counted_twice(desk: ReportDesk) -> None:
    noon = at(43200, MIDNIGHT)
    slow = incident(noon, track=Track.SLOW, resolved_at=at(3600, noon), reason="slow")
    down = incident(at(600, noon), opened_at=at(600, noon), resolved_at=at(1200, noon))
    keep(desk, slow, down)
    desk.store.keep([run(at(60.0 * minute, noon)) for minute in range(60)])
    made = of(desk, MONDAY)
    assert 2 == len(made.incidents)
    assert [slow.began_at, down.began_at] == [one.began_at for one in made.incidents]
    assert 600.0 == made.probes[0].states[Health.DOWN]
    assert pytest.approx(86400.0) == sum(made.probes[0].states.values())


def test_a_probe_that_changed_its_file_and_its_title_is_one_probe_in_the_report(desk: ReportDesk) -> None:
    desk.store.keep([run(at(60, MIDNIGHT)), run(at(7200, MIDNIGHT))])
    renamed = {"checkout": probe(title="Another title", path="probes/else.yaml", content_hash="1" * 64)}
    desk.store.record_versions(versions_of(renamed), at(3600, MIDNIGHT))
    made = desk.daily(MONDAY, LATER, renamed)
    assert [("Another title", 2)] == [(one.title, one.total.good_runs) for one in made.probes]


def test_reports_that_are_made_at_once_are_each_whole(desk: ReportDesk) -> None:
    desk.store.keep([run(at(60.0 * minute, MIDNIGHT)) for minute in range(30)])
    expected = render(of(desk, MONDAY))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Archive(desk.folder).keep(of(desk, MONDAY), Scope()), range(16)))
    found = {path.read_text("utf-8") for path in desk.folder.glob("*.html")}
    assert ({expected}, {"daily-2026-03-02"}) == (found, {one.name.base for one in made})
    assert [] == list(desk.folder.glob(".*"))


def test_a_page_that_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "daily.html").mkdir()
    with pytest.raises(OSError, match="daily"):
        write_page(tmp_path / "daily.html", "<p>a page</p>")
    assert ["daily.html"] == [path.name for path in tmp_path.iterdir()]


def test_an_installation_that_knows_nothing_yet_says_nothing_of_a_report(
    installation: Installation, logs: list[EventDict]
) -> None:
    with installation.daemon() as daemon:
        until(lambda: "monthly" in daemon.store.notes().get(WRITTEN, ""))
    assert "report.written" not in {line["event"] for line in logs}
    assert "daemon.stopped" in {line["event"] for line in logs}


# synthmon itself


def own(track: Track, subject: str, began: float, ended: float | None = None, **changes: object) -> Incident:
    """One of synthmon's own troubles on Monday, in seconds from its midnight."""
    values: dict[str, object] = {
        "probe": subject,
        "probe_title": subject if track is Track.SYNTHMON else f"channel {subject}",
        "track": track,
        "regions": (),
        "reason": "in trouble: results cannot be judged" if track is Track.SYNTHMON else "not taking messages: 401",
        "opened_at": at(began + 30, MIDNIGHT),
        "resolved_at": at(ended, MIDNIGHT) if ended is not None else None,
        "severity": Severity.PAGE if track is Track.SYNTHMON else Severity.TICKET,
        "told": ("mail",),
        **changes,
    }
    return incident(at(began, MIDNIGHT), **values)


def test_own_troubles_are_told_of_with_when_how_long_and_what_and_change_no_figure(desk: ReportDesk) -> None:
    before = of(desk, MONDAY)
    keep(desk, own(Track.SYNTHMON, "synthmon", 3600, 3600 + 720), own(Track.NOTIFY, "pager/canary", 7200, told=()))
    after = of(desk, MONDAY)

    assert before.probes == after.probes
    assert [] == list(after.incidents)
    assert [Track.SYNTHMON, Track.NOTIFY] == [one.track for one in after.own]
    html = render(after)
    assert "all fine" not in html
    for said in ("synthmon is in trouble: results cannot be judged", "12 min", "01:00:00", "so far", "nobody", "mail"):
        assert said in html
    assert "2 troubles of synthmon itself" in wording.subject(after)


def test_own_troubles_belong_to_each_day_that_they_touch_and_a_day_without_any_says_nothing(desk: ReportDesk) -> None:
    keep(desk, own(Track.SYNTHMON, "synthmon", -600, 600))
    assert [1, 1, 0] == [len(of(desk, day).own) for day in (SUNDAY, MONDAY, TUESDAY)]
    assert "synthmon itself" not in render(of(desk, TUESDAY))
    assert "20 min" in render(of(desk, MONDAY))


@pytest.mark.parametrize("track", [Track.NOTIFY, Track.REGION, Track.SYNTHMON])
def test_a_channel_or_region_that_is_called_like_a_probe_is_not_taken_for_it(desk: ReportDesk, track: Track) -> None:
    before = of(desk, MONDAY)
    keep(desk, own(track, "checkout", 3600, 7200))
    after = of(desk, MONDAY)
    assert before.probes == after.probes
    assert [track] == [one.track for one in after.own]
