"""What happened stays known: under a name, through gaps, however short it was and however it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from synthmon.app.centre_side import versions_of
from synthmon.app.reporting import ReportDesk
from synthmon.centre import Centre
from synthmon.judge import Policy
from synthmon.model.incident import Health, Occasion
from synthmon.model.probe import Objective, Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKind, RunResult
from synthmon.reports import wording
from synthmon.reports.html import render
from synthmon.store.memory import MemoryStore
from tests.judge.world import run
from tests.making import NOON, at, probe

TODAY = date(2026, 3, 2)
EVENING = datetime(2026, 3, 3, 7, tzinfo=UTC)


class House:
    """A store with a centre that judges each run as it comes, and a desk that reports."""

    def __init__(self, folder: Path) -> None:
        self.store = MemoryStore()
        self.probes: dict[str, Probe] = {}
        policy = Policy("test", default_channels=("pager",))
        self.centre = Centre(self.store, lambda: self.probes, lambda: policy)
        self.desk = ReportDesk(self.store, "test", UTC, folder)

    def declare(self, when: datetime, *probes: Probe) -> None:
        self.probes = {one.name: one for one in probes}
        self.store.record_versions([replace(one, since=when) for one in versions_of(self.probes)], when)

    def hear(self, letters: str, start: datetime = NOON, every: float = 60.0, region: str = "local") -> datetime:
        """Runs one after the other; when the last one was. A small letter confirms the run before it."""
        slot = start - timedelta(seconds=every)
        for letter in letters:
            slot += timedelta(seconds=0 if letter.islower() else every)
            self.keep([run(slot, letter, region)])
        return slot

    def keep(self, runs: Sequence[RunResult]) -> None:
        self.store.keep(runs)
        self.centre.turn(runs[-1].key.slot + timedelta(seconds=6 if runs[-1].key.kind is RunKind.CONFIRM else 1))

    def told(self) -> list[str]:
        """What people heard, without being reminded of it."""
        occasions = [delivery.notification.occasion for delivery in reversed(self.store.deliveries())]
        return [str(occasion) for occasion in occasions if occasion is not Occasion.REMIND]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_history_hangs_on_the_name_alone(house: House) -> None:
    """In Gatus another name on the page deletes an endpoint's history."""
    house.declare(NOON, probe())
    house.hear("PPFFPP")
    moved = probe(
        title="Another title", path="probes/shop/elsewhere.yaml", content_hash="1" * 64, owner="others", tags=("new",)
    )
    house.declare(at(360), moved)
    house.hear("PPPP", at(360))

    assert 10 == len(house.store.run_rows(probe="checkout"))
    assert 1 == len(house.store.incidents(probe="checkout"))
    (figures,) = house.desk.daily(TODAY, EVENING, house.probes).probes
    assert (8, 2) == (figures.total.good_runs, figures.total.bad_runs)
    assert ("Another title", "others", 1) == (figures.title, figures.owner, len(figures.incidents))


@pytest.mark.parametrize("days", [1, 7, 14, 21])
def test_a_gap_in_the_data_alarms_nobody_when_it_ends_nor_weeks_later(house: House, days: int) -> None:
    """Grafana's alerts fired falsely 7, 14 and 21 days after a gap in the data."""
    house.declare(NOON, probe())
    house.hear("PPP")
    after = at(days * 86400.0)
    house.centre.turn(after - timedelta(seconds=30))
    house.hear("PPP", after)
    for week in (7, 14, 21):
        house.hear("PP", at(week * 86400.0, after))
    assert [] == house.told()
    assert [] == house.store.incidents()


def test_an_outage_does_not_end_because_nobody_looked_for_a_week(house: House) -> None:
    """Where silence counts as recovery, an outage resolves itself as soon as its monitor dies."""
    house.declare(NOON, probe())
    house.hear("PFF")
    for hour in range(0, 7 * 24, 12):
        house.centre.turn(at(3600.0 * hour + 600))
    assert ["trigger"] == house.told()
    (incident,) = house.store.incidents(current=True)
    house.hear("PP", at(7 * 86400.0))
    assert ["trigger", "resolve"] == house.told()
    assert incident.id == house.store.incidents()[0].id


def test_an_outage_of_seconds_is_kept_and_reported(house: House) -> None:
    """upptime deletes outages of less than fifteen minutes."""
    house.declare(NOON, probe(interval=5.0))
    house.hear("PPFFPPPP", every=5.0)
    house.centre.turn(at(90 * 86400.0))
    (incident,) = house.store.incidents()
    assert incident.resolved_at is not None
    assert 20 > (incident.resolved_at - incident.began_at).total_seconds()
    made = house.desk.daily(TODAY, EVENING, house.probes)
    (figures,) = made.probes
    assert (10.0, 1) == (figures.total.bad, wording.outages(figures))
    assert 0 < figures.states[Health.DOWN] < 20
    assert "1 outage" in wording.subject(made)
    assert incident.probe_title in render(made)


def test_a_failure_that_its_confirmation_did_not_find_again_pages_nobody_and_is_still_seen(house: House) -> None:
    """In Uptime Kuma what a retry saved is downtime without an event, or no trace at all (#688, #3881)."""
    house.declare(NOON, probe())
    house.hear("PPFpPP")
    assert [] == house.told()
    rows = house.store.run_rows(probe="checkout")
    assert {Outcome.FAILED, Outcome.PASSED} == {row.outcome for row in rows}
    made = house.desk.daily(TODAY, EVENING, house.probes)
    (figures,) = made.probes
    assert (1, 60.0) == (figures.total.bad_runs, figures.total.bad)
    assert not wording.all_fine(made)
    assert "1 of 5 runs failed" in render(made)


def test_a_run_that_passed_only_after_a_retry_is_counted_as_flaky(house: House) -> None:
    """Retries that leave no trace hide that a target is on its way down (Uptime Kuma #3881)."""
    house.declare(NOON, probe())
    house.keep([replace(run(NOON, "P"), flaky=True)])
    (figures,) = house.desk.daily(TODAY, EVENING, house.probes).probes
    assert 1 == figures.flaky
    assert "1 run passed only after a retry" in render(house.desk.daily(TODAY, EVENING, house.probes))


def test_an_objective_without_a_single_run_is_not_met(house: House) -> None:
    """In k6 a threshold without samples passes (#4283)."""
    objectives = (
        Objective("availability", 0.99, 86400.0),
        Objective("speed", 0.95, 86400.0, within=2.0),
        Objective("anything at all", 0.0001, 86400.0),
    )
    house.declare(NOON, probe(objectives=objectives))
    made = house.desk.daily(TODAY, EVENING, house.probes)
    (figures,) = made.probes
    assert [None, None, None] == [one.met for one in figures.objectives]
    assert ["no data"] * 3 == [wording.objective_state(one) for one in figures.objectives]
    assert ("no data", "no data") == (wording.availability(figures.total), wording.success(figures.total))
    assert Health.UNKNOWN is figures.now
    assert not wording.all_fine(made)


def test_a_region_that_was_left_at_noon_keeps_its_morning(house: House) -> None:
    """Results of a region just vanish in blackbox_exporter, Uptime Kuma and Checkly agents when it goes away."""
    both = (ProbeRegion("eu"), ProbeRegion("us"))
    house.declare(NOON, probe(regions=both))
    house.hear("PPPP", region="eu")
    house.hear("PFFP", region="us")
    house.declare(at(240), probe(regions=both[:1], content_hash="1" * 64))
    house.hear("PPPP", at(240), region="eu")
    (figures,) = house.desk.daily(TODAY, at(480), house.probes).probes
    assert ["eu", "us"] == sorted(figures.regions)
    assert (2, 2) == (figures.regions["us"].good_runs, figures.regions["us"].bad_runs)
    assert 4 == figures.regions["us"].due
