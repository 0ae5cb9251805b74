"""What a report tells beside the figures of probes is gathered from a real store, as of the report's instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from synthmon.app.beside import TERMS, Surroundings, remember
from synthmon.app.centre_side import versions_of
from synthmon.app.reporting import ReportDesk
from synthmon.judge.policy import Policy, Route
from synthmon.judge.windows import Window
from synthmon.model.incident import Decision, IncidentEvent, Occasion
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import Exchange, ExchangePurpose, Phases
from synthmon.reports.document import render as as_json
from synthmon.reports.figures.beside import Beside
from synthmon.reports.html import render
from synthmon.reports.scope import Scope
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.alerting.receivers import notification
from tests.making import at, incident, missed, probe, run, step

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)
MORNING = datetime(2026, 3, 3, 7, tzinfo=UTC)
PROBES = {"checkout": probe(owner="team-shop", tags=("tier-1",)), "search": probe("search")}
SUNDAYS = Window(
    "Sunday deploy", Selection(owner="team-shop"), "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2", timedelta(hours=1), UTC
)
POLICY = Policy("test", (Route(("mail",), owner="team-shop"),), ("console",))


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    migrate.upgrade(tmp_path / "synthmon.db")
    made = open_store(tmp_path / "synthmon.db")
    begun = datetime(2026, 2, 1, tzinfo=UTC)
    made.record_versions([replace(one, since=begun) for one in versions_of(PROBES)], begun)
    return made


def desk(store: SqlStore, folder: Path) -> ReportDesk:
    around = Surroundings(lambda: POLICY, lambda: "https://synthmon.example.com", None)
    return ReportDesk(store, "test", UTC, folder, lambda: [SUNDAYS], surroundings=around)


def beside(made: ReportDesk, scope: Scope | None = None) -> Beside:
    report = made.of(made.daily(date(2026, 3, 2), MORNING, PROBES).period, MORNING, PROBES, scope)
    assert report.beside is not None
    return report.beside


def test_it_is_gathered_as_of_the_reports_instant(store: SqlStore, tmp_path: Path) -> None:
    outage = incident(NOON, opened_at=NOON, resolved_at=NOON + timedelta(hours=1))
    told = replace(
        notification(Occasion.TRIGGER, "mail"), incident_id=outage.id, created_at=NOON + timedelta(seconds=5)
    )
    kept_back = IncidentEvent(outage.id, NOON, "withheld", "nobody is told for now: Sunday deploy")
    store.apply(Decision(0, incidents=(outage,), events=(kept_back,), notifications=(told,)))
    store.delivered(told.id, NOON + timedelta(seconds=9))
    ends = MIDNIGHT + timedelta(days=10)
    exchange = Exchange(
        ExchangePurpose.REQUEST, "GET", "https://shop.example.com/", 0.0, Phases(), certificate_until=ends
    )
    store.keep([replace(run(NOON), steps=(replace(step(), exchanges=(exchange,)),))])
    store.note_missed([missed(NOON + timedelta(minutes=number), "search") for number in range(1, 4)])
    month = Quiet(QuietKind.SILENCE, Selection(probe="search"), MIDNIGHT, MIDNIGHT + timedelta(days=30), "later", "ada")
    store.keep_quiet(month)
    remember(store, TERMS, NOON, "vm-1")
    remember(store, TERMS, MORNING, "vm-2")  # after the day
    found = beside(desk(store, tmp_path))

    assert [("mail", 1, 0)] == [(one.channel, one.sent, one.waiting) for one in found.notices.channels]
    assert ["Sunday deploy"] == [one.why for one in found.notices.kept_back]
    assert [("shop.example.com", True)] == [(one.name, one.urgent) for one in found.expiring]
    assert found.watch is not None
    assert ["vm-1"] == [one.what for one in found.watch.terms]
    assert (1, 3) == (found.watch.late.count, sum(found.watch.missed.values()))
    assert [(2026, 3, 8, 2)] == [
        (one.start.year, one.start.month, one.start.day, one.start.hour) for one in found.coming
    ]
    assert (month,) == found.hygiene.quiets
    lacking = {one.lack.value: one.probes for one in found.hygiene.lacking}
    assert (("search",), ("search",)) == (lacking["no channel"], lacking["no owner"])
    assert outage.id in found.stories


def test_a_report_of_some_probes_is_about_them_alone(store: SqlStore, tmp_path: Path) -> None:
    found = beside(desk(store, tmp_path), Scope(Selection(probe="search")))

    assert found.watch is None
    assert () == found.coming
    assert {("search",)} == {one.probes for one in found.hygiene.lacking}


def test_what_comes_after_its_instant_changes_not_a_byte(store: SqlStore, tmp_path: Path) -> None:
    store.keep([run(NOON)])
    made = desk(store, tmp_path)
    before = made.daily(date(2026, 3, 2), MORNING, PROBES)
    late = incident(MORNING + timedelta(hours=1))
    store.apply(
        Decision(
            0,
            incidents=(late,),
            events=(IncidentEvent(late.id, MORNING + timedelta(hours=1), "withheld", "later"),),
            notifications=(replace(notification(), incident_id=late.id, created_at=MORNING + timedelta(hours=1)),),
        )
    )
    remember(store, TERMS, MORNING + timedelta(hours=2), "vm-9")
    after = made.daily(date(2026, 3, 2), MORNING, PROBES)

    assert (render(before), as_json(before)) == (render(after), as_json(after))


def test_what_happened_to_synthmon_is_remembered_up_to_a_bound(store: SqlStore) -> None:
    for number in range(205):
        remember(store, TERMS, at(number), f"vm-{number}")

    assert (200, True) == (store.notes()[TERMS].count("vm-"), "vm-204" in store.notes()[TERMS])
