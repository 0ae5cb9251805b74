"""Of all who wait for questions one looks at a time, and everybody is told of his own soon all the same."""

from __future__ import annotations

from synthmon.centre.questions import LOOK_EVERY, Questions
from synthmon.model.agent import Asked
from synthmon.model.run import RunKey, RunKind
from tests.making import NOON

PAUSE = 0.25  # seconds between two looks of one agent
REGIONS = ("eu", "us", "ap")


class World:
    """Agents of three regions that wait, by a clock of ours; `asked` is what was asked so far, by its number."""

    def __init__(self, agents: int = 5) -> None:
        self.now, self.looks = 0.0, 0
        self.asked: list[str] = []  # regions
        self.questions = Questions(self.find, lambda: self.now)
        self.heard = {(region, n): 0 for region in REGIONS for n in range(agents)}
        self.told: dict[tuple[str, int], float] = {}

    def find(self, region: str, after: int) -> Asked:
        self.looks += 1
        keys = [
            RunKey("test", "checkout", region, NOON, RunKind.CONFIRM, n)
            for n, one in enumerate(self.asked, 1)
            if n > after and one == region
        ]
        return Asked(tuple(keys), len(self.asked))

    def wait(self, rounds: int) -> None:
        """Each agent comes round once in a `PAUSE`, one after the other."""
        for _ in range(rounds):
            for agent in self.heard:
                self.now += PAUSE / len(self.heard)
                if not self.questions.nothing(agent[0], self.heard[agent]):
                    found = self.questions.asked(agent[0], self.heard[agent])
                    if found.keys:
                        self.heard[agent] = found.last
                        self.told.setdefault(agent, self.now)


def test_while_nothing_is_asked_one_looks_for_all() -> None:
    world = World()
    world.wait(40)
    assert world.looks <= 40 * PAUSE / LOOK_EVERY + len(REGIONS)


def test_every_agent_of_a_region_is_told_within_two_rounds_and_no_other_is() -> None:
    world = World()
    world.wait(4)
    world.asked.append("us")
    began = world.now
    world.wait(3)
    assert {("us", n) for n in range(5)} == world.told.keys()
    assert max(world.told.values()) <= began + 2 * PAUSE


def test_those_who_were_asked_nothing_look_no_more_often_after_others_were() -> None:
    world = World()
    world.wait(4)
    world.asked.append("us")
    world.wait(4)
    before = world.looks
    world.wait(40)
    assert world.looks - before <= 40 * PAUSE / LOOK_EVERY + 1


def test_while_somebody_looks_nobody_else_does() -> None:
    world = World()
    world.wait(4)
    world.now += PAUSE
    assert not world.questions.nothing("eu", 0)
    assert all(world.questions.nothing(region, 0) for region in REGIONS)


def test_a_look_that_failed_is_made_by_the_next_one() -> None:
    world = World()
    world.wait(4)
    world.now += PAUSE
    assert not world.questions.nothing("eu", 0)
    world.now += PAUSE
    assert not world.questions.nothing("us", 0)
