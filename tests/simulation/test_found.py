"""What reading and simulating brought to light, each as small as it gets."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pytest

from synthmon.centre import Centre
from synthmon.errors import StoreError
from synthmon.judge import Policy
from synthmon.model.condition import Burn, BurnSpeed
from synthmon.model.incident import Decision, Notification, Occasion
from synthmon.model.probe import AlertRule, Objective, ProbeRegion, Severity, Track
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import Outcome, Quality
from synthmon.store.memory import MemoryStore
from tests.making import at, probe, run
from tests.simulation.muted import quiet

REGIONS = ("eu", "us", "ap")


class Told:
    """A centre with one probe in three regions; `live` lets a minute pass in which some of them see it down."""

    def __init__(self, *quiets: Quiet) -> None:
        self.store, self.minute = MemoryStore(), 0
        for one in quiets:
            self.store.keep_quiet(one)
        declared = probe(regions=tuple(ProbeRegion(region) for region in REGIONS))
        policy = Policy("test", default_channels=("pager",))
        self.centre = Centre(self.store, lambda: {"checkout": declared}, lambda: policy)

    def live(self, minutes: int, down: Sequence[str] = ()) -> None:
        for _ in range(minutes):
            slot = at(60.0 * self.minute)
            outcomes = [(region, Outcome.FAILED if region in down else Outcome.PASSED) for region in REGIONS]
            self.store.keep([run(slot, outcome, region=region) for region, outcome in outcomes])
            with quiet():
                self.centre.turn(at(60.0 * self.minute + 1))
            self.minute += 1

    @property
    def triggers(self) -> list[Notification]:
        rows = [row.notification for row in self.store.deliveries()]
        return [told for told in rows if told.occasion is Occasion.TRIGGER]


def test_a_ticket_that_becomes_a_page_is_told_as_a_page() -> None:
    world = Told()
    world.live(3)
    world.live(5, down=["eu"])
    assert [Severity.TICKET] == [told.message.severity for told in world.triggers]

    world.live(5, down=REGIONS)

    assert Severity.PAGE in {told.message.severity for told in world.triggers}


def test_a_ticket_that_became_a_page_during_a_silence_is_told_as_a_page_after_it() -> None:
    world = Told(Quiet(QuietKind.SILENCE, Selection("checkout"), at(480), at(780), "planned work", "ann"))
    world.live(3)
    world.live(5, down=["eu"])
    assert [Severity.TICKET] == [told.message.severity for told in world.triggers]

    world.live(10, down=REGIONS)  # all of them from the silence on, and beyond it

    assert Severity.PAGE in {told.message.severity for told in world.triggers}


@pytest.mark.parametrize(("ours", "told"), [(False, True), (True, False)])
def test_a_latency_that_we_spoilt_ourselves_spends_no_budget(ours: bool, told: bool) -> None:
    soon = Objective("soon", 0.99, 30 * 86400.0, within=0.8)
    rule = AlertRule("budget", Track.BUDGET, 1, 1, condition=Burn("soon", BurnSpeed.FAST))
    declared, store = probe(objectives=(soon,), alerts=(rule,)), MemoryStore()
    centre = Centre(store, lambda: {"checkout": declared}, lambda: Policy("test", default_channels=("pager",)))

    with quiet():
        for minute in range(80):
            slow = minute >= 60
            quality = Quality(lag=1.0, suspect=slow and ours)
            store.keep([run(at(60.0 * minute), latency=2.0 if slow else 0.2, quality=quality)])
            centre.turn(at(60.0 * minute + 3))

    assert told is bool(store.incidents())


class BrieflyFull(MemoryStore):
    """The disk is full for as long as two writes take."""

    writes = 0

    def apply(self, decision: Decision, epoch: int | None = None) -> None:
        self.writes += 1
        if self.writes <= 2:
            raise StoreError("database or disk is full")
        super().apply(decision, epoch)


def test_a_database_that_is_full_for_an_instant_loses_no_failed_run() -> None:
    store = BrieflyFull()
    probes = {name: probe(name) for name in ("checkout", "search")}
    centre = Centre(store, lambda: probes, lambda: Policy("test", default_channels=("pager",)))
    store.keep([run(at(0), Outcome.FAILED, name=name) for name in probes])

    with quiet():
        for second in (1, 2, 3):
            with contextlib.suppress(StoreError):
                centre.turn(at(second))

    assert set(probes) == {state.probe for state in store.states()}
