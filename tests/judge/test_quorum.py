"""Several regions: how many have to be down, what is known, and when it may be called over."""

from __future__ import annotations

import pytest

from synthmon.judge.policy import Watch
from synthmon.judge.quorum import Tally, needed
from synthmon.model.incident import Health, RegionPhase, TrackState
from synthmon.model.probe import AlertRule, RegionQuorum, Track
from tests.judge.world import World, regions, run
from tests.making import NOON, at, probe


@pytest.mark.parametrize(
    ("quorum", "known", "expected"),
    [
        (RegionQuorum.ANY, 5, 1),
        (RegionQuorum.MAJORITY, 1, 1),
        (RegionQuorum.MAJORITY, 2, 2),
        (RegionQuorum.MAJORITY, 3, 2),
        (RegionQuorum.MAJORITY, 4, 3),
        (2, 3, 2),
        (2, 1, 1),
        (3, 0, 1),
    ],
)
def test_how_many_regions_have_to_be_down(quorum: int | RegionQuorum, known: int, expected: int) -> None:
    assert expected == needed(quorum, known)


def tally(quorum: int | RegionQuorum = RegionQuorum.MAJORITY, **phases: RegionPhase) -> Tally:
    rule = AlertRule("down", Track.DOWN, 2, 2, quorum)
    down = {RegionPhase.DOWN, RegionPhase.SOFT_UP}
    tracks = {name: TrackState(phase=phase, held=("down",) if phase in down else ()) for name, phase in phases.items()}
    return Tally(Watch(Track.DOWN, (rule,), alerting=True, good_runs=2), tracks, min_known=1)


UP, DOWN, SOFT_UP = RegionPhase.UP, RegionPhase.DOWN, RegionPhase.SOFT_UP
BLIND, NEW, SOFT_DOWN = RegionPhase.BLIND, RegionPhase.NEW, RegionPhase.SOFT_DOWN


def test_a_majority_is_counted_among_the_regions_that_are_known() -> None:
    assert not tally(eu=DOWN, us=UP, ap=UP).holding
    assert tally(eu=DOWN, us=DOWN, ap=UP).holding
    assert tally(eu=DOWN, us=BLIND, ap=NEW).holding


def test_a_number_of_regions_fails_open_when_fewer_are_known() -> None:
    assert tally(2, eu=DOWN, us=BLIND, ap=BLIND).holding
    assert not tally(2, eu=DOWN, us=UP, ap=BLIND).holding


def test_half_a_recovery_still_counts_as_down() -> None:
    assert tally(eu=SOFT_UP, us=DOWN, ap=UP).holding


def test_what_is_not_known_is_neither_down_nor_up() -> None:
    blind = tally(eu=BLIND, us=BLIND)

    assert not blind.judgeable
    assert not blind.holding
    assert not blind.recovered


def test_a_resolve_needs_half_of_the_regions_known_and_every_one_of_them_up() -> None:
    assert tally(eu=UP, us=UP, ap=NEW).recovered
    assert tally(eu=UP, us=NEW).recovered
    assert not tally(eu=UP, us=NEW, ap=NEW).recovered
    assert not tally(eu=UP, us=SOFT_UP, ap=UP).recovered
    assert not tally(eu=UP, us=SOFT_DOWN, ap=UP).recovered


def world(quorum: int | RegionQuorum = RegionQuorum.MAJORITY) -> World:
    rule = AlertRule("down", Track.DOWN, 2, 2, quorum)
    return World(probe(regions=regions("eu", "us", "ap"), alerts=(rule,)))


def minute(spoken: World, number: int, **letters: str) -> list[str]:
    """One slot of the regions named, in one turn; a second letter is the confirmation."""
    before = len(spoken.notifications)
    runs = [run(at(60.0 * number), letter, region) for region, text in letters.items() for letter in text]
    spoken.turn(runs, at(60.0 * number + 6))
    return spoken.said[before:]


def test_one_region_of_three_is_regional_and_becomes_a_ticket_after_two_intervals() -> None:
    spoken = world()

    assert [] == minute(spoken, 0, eu="P", us="P", ap="P")
    assert [] == minute(spoken, 1, eu="Ff", us="P", ap="P")
    assert Health.DEGRADED is spoken.believed()
    assert [] == minute(spoken, 2, eu="F", us="P", ap="P")
    assert ["trigger pager"] == minute(spoken, 3, eu="F", us="P", ap="P")
    ticket = spoken.notifications[-1].message
    assert ("ticket", at(60)) == (ticket.severity, ticket.began_at)
    assert 'checkout is down in eu only: step "Pay" answered 500, expected 201' == ticket.title
    assert "judged on 3 of 3 regions" == ticket.basis


def test_no_regional_ticket_opens_between_a_recovery_and_the_second_good_run_that_proves_it() -> None:
    spoken = world()
    minute(spoken, 0, eu="P", us="P", ap="P")
    minute(spoken, 1, eu="Ff", us="P", ap="P")
    minute(spoken, 2, eu="F", us="P", ap="P")

    assert [] == minute(spoken, 3, eu="P", us="P", ap="P")
    spoken.sweep(at(239))
    assert [] == minute(spoken, 4, eu="P", us="P", ap="P")
    assert [] == spoken.said
    assert Health.UP is spoken.believed()


def test_a_regional_outage_that_comes_back_at_once_is_a_ticket() -> None:
    spoken = world()
    minute(spoken, 1, eu="Ff", us="P", ap="P")
    minute(spoken, 2, eu="F", us="P", ap="P")
    assert [] == minute(spoken, 3, eu="P", us="P", ap="P")

    assert ["trigger pager"] == minute(spoken, 4, eu="F", us="P", ap="P")


def test_a_regional_outage_that_grows_is_raised_within_the_same_incident() -> None:
    spoken = world()
    for number in range(4):
        minute(spoken, number, eu="F", us="P", ap="P")
    (ticket,) = spoken.current

    assert ["trigger pager"] == minute(spoken, 4, eu="F", us="Ff", ap="P")
    (page,) = spoken.current
    assert (ticket.id, "page") == (page.id, page.severity)
    assert {"eu", "us"} == set(page.regions)
    assert 'checkout is down: step "Pay" answered 500, expected 201' == spoken.notifications[-1].message.title


def test_a_majority_pages_at_once() -> None:
    spoken = world()
    minute(spoken, 0, eu="P", us="P", ap="P")

    assert ["trigger pager"] == minute(spoken, 1, eu="Ff", us="Ff", ap="P")
    assert Health.DOWN is spoken.believed()


def test_a_region_that_falls_silent_while_down_does_not_resolve_its_incident() -> None:
    spoken = world(RegionQuorum.ANY)
    minute(spoken, 0, eu="P", us="P", ap="P")
    assert ["trigger pager"] == minute(spoken, 1, eu="Ff", us="P", ap="P")

    for number in range(2, 30):
        assert [] == minute(spoken, number, us="P", ap="P")
        spoken.sweep(at(60.0 * number + 7))
    assert Health.UP is spoken.believed()
    assert 1 == len(spoken.current)

    assert [] == minute(spoken, 30, eu="P", us="P", ap="P")
    assert ["resolve pager"] == minute(spoken, 31, eu="P", us="P", ap="P")


def test_a_region_that_fell_silent_does_not_hold_up_a_recovery_seen_elsewhere_later() -> None:
    spoken = world()
    minute(spoken, 0, eu="P", us="P", ap="P")
    assert ["trigger pager"] == minute(spoken, 1, eu="Ff", us="Ff", ap="Ff")

    said = [line for number in range(2, 6) for line in minute(spoken, number, us="P", ap="P")]
    assert ["resolve pager"] == said
    assert "judged on 2 of 3 regions" == spoken.notifications[-1].message.basis


def test_the_silence_of_the_last_region_that_is_down_resolves_nothing_by_itself() -> None:
    spoken = world()
    minute(spoken, 0, eu="P", us="P", ap="P")
    assert ["trigger pager"] == minute(spoken, 1, eu="Ff", us="Ff", ap="P")
    assert [] == minute(spoken, 2, eu="P", us="P", ap="P")  # us is heard of for the last time
    assert [] == minute(spoken, 3, eu="P", ap="P")

    spoken.sweep(at(2 * 60 + 136))
    assert 1 == len(spoken.current)
    assert ["resolve pager"] == minute(spoken, 5, eu="P", ap="P")


def test_a_page_says_on_how_few_regions_it_rests() -> None:
    spoken = world(2)

    assert ["trigger pager"] == minute(spoken, 0, eu="Ff")
    assert "judged on 1 of 3 regions" == spoken.notifications[-1].message.basis


def test_when_every_region_is_silent_nothing_opens_and_nothing_resolves() -> None:
    spoken = world()
    minute(spoken, 0, eu="Ff", us="Ff", ap="Ff")
    before = spoken.said

    spoken.sweep(at(1200))
    assert Health.UNKNOWN is spoken.believed()
    assert before == spoken.said
    assert 1 == len(spoken.current)
    unknown = spoken.health["checkout", None]
    assert (Health.UNKNOWN, at(135)) == (unknown.health, unknown.at)


def test_a_region_in_which_the_probe_does_not_run_any_more_counts_no_longer() -> None:
    spoken = world()
    minute(spoken, 0, eu="P", us="P", ap="P")
    spoken.probes["checkout"] = probe(regions=regions("eu"), alerts=spoken.probes["checkout"].alerts)

    spoken.sweep(at(10))
    assert Health.UNKNOWN is spoken.health["checkout", "us"].health
    assert Health.UP is spoken.health["checkout", "eu"].health
    assert ["trigger pager"] == minute(spoken, 1, eu="Ff")
    assert "judged on 1 of 1 region" == spoken.notifications[-1].message.basis


def test_the_reason_of_a_verdict_names_the_regions() -> None:
    spoken = world()
    minute(spoken, 0, eu="Ff", us="P", ap="P")

    assert "regional: 1 of 3 regions known (eu) sees it fail" in spoken.health["checkout", None].reason
    assert NOON == spoken.health["checkout", "eu"].at


def test_a_first_run_that_fails_makes_nobody_believe_that_the_target_was_up() -> None:
    spoken = world()
    minute(spoken, 0, eu="F")

    assert Health.UNKNOWN is spoken.believed()
    assert [] == spoken.changes
