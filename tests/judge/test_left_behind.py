"""`cleanup_failures`: runs whose cleanup failed leave things behind, however well the journey itself went."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthmon.model.incident import Health
from synthmon.model.probe import AlertRule, RegionQuorum, Severity, Track
from synthmon.model.run import Leftover, Outcome, RunResult
from tests import making
from tests.judge.world import World, regions, run
from tests.making import at, probe

RULE = AlertRule("piling up", Track.CLEANUP, 3, 3, RegionQuorum.ANY, Severity.TICKET)
DOWN = AlertRule("down", Track.DOWN, 2, 2, notify=("pager",))

CLEANED = {"+": Outcome.PASSED, "-": Outcome.FAILED, "!": Outcome.ERROR, "0": Outcome.SKIPPED}


def cleaned(second: float, sign: str, letter: str = "P", region: str = "local") -> RunResult:
    step = making.step("cancel_order", CLEANED[sign], status=500)
    return run(at(second), letter, region, cleanup=(step,))


def hear(world: World, signs: str, start: int = 0) -> list[str]:
    before = len(world.said)
    for number, sign in enumerate(signs, start=start):
        world.turn([cleaned(60.0 * number, sign)])
        world.restart()
    return world.said[before:]


def test_three_in_a_row_make_a_ticket_and_two_that_clean_up_end_it() -> None:
    world = World(probe(alerts=(RULE,)))

    assert [] == hear(world, "+--")
    assert ["trigger pager"] == hear(world, "-", 3)
    (incident,) = world.current
    assert (Track.CLEANUP, Severity.TICKET, at(60)) == (incident.track, incident.severity, incident.began_at)
    assert 'not cleaning up: step "Cancel_order" answered 500, expected 201' == incident.reason
    assert [] == hear(world, "--+-+", 4)
    assert ["resolve pager"] == hear(world, "+", 9)
    assert "checkout cleans up again after 8 min" == world.notifications[-1].message.title


@pytest.mark.parametrize("signs", ["--+--", "--!!!!", "--0000", "!!!!!!", "000000"])
def test_what_is_our_own_fault_or_had_nothing_to_do_counts_for_nothing(signs: str) -> None:
    assert [] == hear(World(probe(alerts=(RULE,))), signs)


def test_what_says_nothing_is_looked_past() -> None:
    assert ["trigger pager"] == hear(World(probe(alerts=(RULE,))), "-!0-0-")


def test_the_health_of_the_probe_does_not_suffer() -> None:
    world = World(probe(alerts=(RULE,)))
    hear(world, "+-----")

    assert Health.UP is world.believed()


def test_a_run_that_failed_may_clean_up_and_one_that_could_not_judge_says_nothing() -> None:
    world = World(probe(alerts=(DOWN, RULE)))
    for number, (letter, sign) in enumerate((("P", "-"), ("P", "-"), ("P", "-"), ("F", "+"), ("E", "-"), ("F", "+"))):
        world.turn([cleaned(60.0 * number, sign, letter)])

    assert ["trigger pager", "trigger pager", "resolve pager"] == world.said
    assert [Track.DOWN] == [incident.track for incident in world.current]


def test_one_region_that_leaves_things_behind_is_enough() -> None:
    world = World(probe(alerts=(RULE,), regions=regions("eu", "us", "ap")))
    for number in range(4):
        world.turn(
            [cleaned(60.0 * number, "-" if region == "us" else "+", region=region) for region in ("eu", "us", "ap")]
        )

    (incident,) = world.current
    assert ("us",) == incident.regions


def test_silence_ends_nothing() -> None:
    world = World(probe(alerts=(RULE,)))
    hear(world, "---")
    for hour in range(1, 30):
        world.sweep(at(3600.0 * hour))
        world.restart()

    assert [Track.CLEANUP] == [incident.track for incident in world.current]


def test_when_nobody_asks_any_more_it_ends_and_whoever_was_told_hears_of_it() -> None:
    world = World(probe(alerts=(RULE,)))
    hear(world, "---")
    world.probes["checkout"] = probe(alerts=(DOWN,))
    world.turn([cleaned(180, "-")], at(181), sweep=True)

    assert [] == world.current
    assert ["trigger pager", "resolve pager"] == world.said
    assert "checkout is not watched any more: no alert asks for it any more" == world.notifications[-1].message.title
    assert Track.CLEANUP not in world.states["checkout", "local"].tracks


def test_what_an_earlier_run_left_counts_while_it_is_still_there() -> None:
    world = World(probe(alerts=(RULE,)))
    said = []
    for number, sign in enumerate("+---+"):
        leftover = Leftover("r-1", at(0), number, (making.step("cancel_order", CLEANED[sign], status=500),))
        world.turn([replace(cleaned(60.0 * number, "+"), leftovers=(leftover,))])
        said.append(list(world.said))

    assert [[], [], [], ["trigger pager"], ["trigger pager"]] == said


def test_a_cleanup_step_that_may_fail_counts_for_nothing() -> None:
    world = World(probe(alerts=(RULE,)))
    for number in range(6):
        result = cleaned(60.0 * number, "-")
        world.turn([replace(result, cleanup=(replace(result.cleanup[0], excused=True),))])

    assert [] == world.said
