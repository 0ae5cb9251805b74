"""A first failure anywhere makes the others look at once, so that nobody waits for their schedules."""

from __future__ import annotations

from synthmon.judge.confirm import ASKED, confirmation_due
from synthmon.model.run import Outcome, RunKey, RunKind
from tests.judge.world import World, regions, run
from tests.making import at, probe


def world() -> World:
    made = World(probe(regions=regions("eu", "us", "ap")))
    made.turn([run(at(0), "P", "eu"), run(at(1), "P", "us"), run(at(2), "P", "ap")])
    return made


def asked(second: float, name: str, region: str) -> RunKey:
    return RunKey("test", name, region, at(second), RunKind.CONFIRM, ASKED)


def test_a_first_failure_asks_the_other_regions_to_look_now() -> None:
    decision = world().turn([run(at(60), "F", "eu")], at(61))

    assert decision.asked == (asked(61, "checkout", "us"), asked(61, "checkout", "ap"))


def test_neither_its_confirmation_nor_a_later_failure_asks_again() -> None:
    spoken = world()
    spoken.turn([run(at(60), "F", "eu")], at(61))

    assert spoken.turn([run(at(60), "f", "eu")], at(66)).asked == ()
    assert spoken.turn([run(at(120), "F", "eu")], at(121)).asked == ()


def test_regions_that_are_not_believed_up_are_not_asked() -> None:
    spoken = world()
    spoken.turn([run(at(60), "F", "eu")], at(61))
    decision = spoken.turn([run(at(61.5), "F", "us")], at(62))

    assert decision.asked == (asked(62, "checkout", "ap"),)


def test_a_failure_from_a_backlog_asks_nobody() -> None:
    assert world().turn([run(at(60), "F", "eu")], at(3600)).asked == ()


def test_what_was_asked_for_counts_and_makes_the_outage_sure_before_the_next_slots() -> None:
    spoken = world()
    spoken.turn([run(at(60), "F", "eu")], at(60.5))
    spoken.turn([run(at(60.5), "f", "us", n=2), run(at(60.5), "f", "ap", n=2)], at(61))
    spoken.turn([run(at(60), "f", "eu")], at(66))
    assert spoken.said == []

    spoken.turn([run(at(60.5), "f", "us", n=3)], at(66.5))
    assert spoken.said == ["trigger pager"]
    assert spoken.notifications[0].message.basis == "judged on 3 of 3 regions"


def test_an_asked_confirmation_that_fails_is_confirmed_once() -> None:
    first = run(at(60.5), "f", "us", n=2)
    again = confirmation_due(Outcome.PASSED, first)

    assert again is not None
    assert (again.kind, again.n, again.slot) == (RunKind.CONFIRM, 3, at(60.5))
    assert confirmation_due(Outcome.FAILED, first) is None
    assert confirmation_due(Outcome.PASSED, run(at(60.5), "f", "us", n=3)) is None
    assert confirmation_due(Outcome.PASSED, run(at(60.5), "f", "us", n=1)) is None


def test_a_first_failure_has_what_the_probe_depends_on_looked_at() -> None:
    made = World(probe("login"), probe("checkout", depends_on=("login",)))
    made.turn([run(at(0), "P", name="login"), run(at(0), "P", name="checkout")])
    decision = made.turn([run(at(60), "F", name="checkout")], at(61))

    assert decision.asked == (asked(61, "login", "local"),)


def test_the_page_waits_a_moment_for_a_parent_that_has_just_failed() -> None:
    made = World(probe("login"), probe("checkout", depends_on=("login",)))
    made.turn([run(at(0), "P", name="login"), run(at(0), "P", name="checkout")])
    made.turn([run(at(60), "F", name="checkout")], at(60.5))
    made.turn([run(at(60.5), "f", name="login", n=2)], at(61))
    made.turn([run(at(60), "f", name="checkout")], at(65))
    assert made.said == []
    assert "is being looked at again" in (made.current[0].withheld or "")

    made.turn([run(at(60.5), "f", name="login", n=3)], at(66))
    made.sweep(at(70))
    assert [owed.message.probe for owed in made.notifications] == ["login"]


def test_the_page_waits_no_longer_than_half_a_minute() -> None:
    made = World(probe("login"), probe("checkout", depends_on=("login",)))
    made.turn([run(at(0), "P", name="login"), run(at(0), "P", name="checkout")])
    made.turn([run(at(60), "F", name="checkout")], at(60.5))
    made.turn([run(at(60.5), "f", name="login", n=2)], at(61))
    made.turn([run(at(60), "f", name="checkout")], at(65))
    made.sweep(at(94))
    assert made.said == []

    made.sweep(at(96))
    assert [owed.message.probe for owed in made.notifications] == ["checkout"]
