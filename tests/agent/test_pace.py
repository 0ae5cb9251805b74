"""When an agent delivers: at once after a pause, together while results keep coming, sooner when something is wrong."""

from __future__ import annotations

from dataclasses import replace

from synthmon.agent.pace import APART, HURRIED, Pace
from synthmon.model.run import Outcome
from tests.making import NOON, run

GOOD = run(NOON)
BAD = replace(GOOD, outcome=Outcome.FAILED)


def test_the_first_result_and_one_after_a_pause_are_due_at_once() -> None:
    pace = Pace()
    assert 0.0 == pace.wait(100.0)
    pace.begins(100.0)
    assert 0.0 == pace.wait(100.0 + APART)


def test_good_results_wait_for_those_that_follow_and_bad_ones_not_so_long() -> None:
    pace = Pace()
    pace.begins(100.0)
    assert not pace.came([GOOD])
    assert APART - 0.125 == pace.wait(100.125)
    assert pace.came([GOOD, BAD])
    assert HURRIED - 0.125 == pace.wait(100.125)


def test_what_came_before_a_delivery_hurries_only_that_one() -> None:
    pace = Pace()
    pace.came([BAD])
    pace.begins(100.0)
    assert APART == pace.wait(100.0)


def test_a_backlog_is_delivered_without_a_pause_and_so_is_what_comes_when_there_was_nothing() -> None:
    pace = Pace()
    pace.begins(100.0)
    pace.goes_on()
    assert 0.0 == pace.wait(100.0)
