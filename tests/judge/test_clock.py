"""A clock that was ahead and is set right again leaves no hours in which nothing is judged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from synthmon.model.incident import Health
from synthmon.model.run import Outcome
from tests.judge.world import World, run
from tests.making import NOON, at, probe


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(hours=1), timedelta(days=400)])
def test_an_outage_after_the_clock_was_set_back_is_paged_as_ever(ahead: timedelta) -> None:
    world = World(probe())
    for minute in range(3):
        world.turn([run(NOON + ahead + timedelta(minutes=minute), "P")])
    assert Health.UP is world.believed()

    world.turn([run(at(0), "P")], at(1))
    world.turn([run(at(60), "F")], at(61))
    world.turn([run(at(120), "F")], at(121))
    assert ["trigger pager"] == world.said
    assert Health.DOWN is world.believed()
    world.turn([run(at(180), "P")], at(181))
    world.turn([run(at(240), "P")], at(241))
    assert ["trigger pager", "resolve pager"] == world.said


def test_a_run_that_is_late_by_a_clock_that_is_right_is_history_as_before() -> None:
    world = World(probe())
    world.hear("PPPP")
    before = dict(world.states)
    world.turn([run(at(30), "F")], at(200))
    assert before == world.states


def test_a_region_whose_clock_is_a_little_ahead_is_judged_in_its_own_order() -> None:
    """A minute ahead is no jump: a run that comes late does not undo what a newer one showed."""
    world = World(probe())
    world.turn([run(at(60), "P")], at(0))
    world.turn([run(at(0), "F")], at(1))
    assert Outcome.PASSED.value == world.states["checkout", "local"].last_outcome
