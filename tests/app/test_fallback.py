"""An agent that cannot reach the centre says so through its own channel: once, and once more when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from synthmon.app.fallback import Fallback
from synthmon.errors import DeliveryError
from synthmon.judge import Policy
from synthmon.model.incident import Notification, Occasion
from synthmon.spool import Spool
from tests.making import NOON

WHY = "results: the centre was not reached: connection refused"


@dataclass
class Channel:
    """Remembers what it was told, or refuses it."""

    told: list[Notification] = field(default_factory=list)
    refuses: bool = False

    def send(self, notification: Notification) -> None:
        if self.refuses:
            raise DeliveryError("the receiver answered 503")
        self.told.append(notification)

    @property
    def occasions(self) -> list[Occasion]:
        return [one.occasion for one in self.told]


class Agent:
    """One agent's life, in which processes come and go and the spool stays."""

    def __init__(self, folder: Path) -> None:
        self.now: datetime = NOON
        self.channel = Channel()
        self.spool = Spool(folder / "spool.db", 1 << 20, lambda: "s1", lambda: self.now)
        self.restart()

    def restart(self) -> None:
        policy = Policy(environment="prod", default_channels=("ops",))
        channels = {"ops": self.channel}
        self.fallback = Fallback("eu", self.spool, lambda: policy, lambda: channels, lambda: self.now)  # type: ignore[arg-type,return-value]

    def away(self, since: datetime, **more: float) -> None:
        """Look every two seconds for so long."""
        self._look(since, WHY, **more)

    def well(self, **more: float) -> None:
        self._look(None, None, **more)

    def _look(self, since: datetime | None, why: str | None, **more: float) -> None:
        until = self.now + timedelta(**more)
        while self.now < until:
            self.fallback.look(since, why)
            self.now += timedelta(seconds=2)


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    return Agent(tmp_path)


def test_it_tells_after_five_minutes_once_and_of_the_end(agent: Agent) -> None:
    since = agent.now
    agent.away(since, minutes=5)
    assert [] == agent.channel.told
    agent.away(since, minutes=20)
    assert [Occasion.TRIGGER] == agent.channel.occasions
    (told,) = agent.channel.told
    assert "synthmon/prod/region/eu" == told.dedup_key
    assert "connection refused" in f"{told.message.summary} {told.message.cause}"
    agent.well(minutes=2)
    assert [Occasion.TRIGGER, Occasion.RESOLVE] == agent.channel.occasions
    agent.well(minutes=10)
    assert 2 == len(agent.channel.told)


def test_what_passes_within_five_minutes_is_not_worth_a_word(agent: Agent) -> None:
    for _ in range(5):
        agent.away(agent.now, minutes=4)
        agent.well(seconds=30)
    assert [] == agent.channel.told


def test_a_restart_neither_tells_it_again_nor_forgets_the_end(agent: Agent) -> None:
    since = agent.now
    agent.away(since, minutes=6)
    agent.restart()
    agent.away(agent.now, minutes=10)
    assert [Occasion.TRIGGER] == agent.channel.occasions
    agent.restart()
    agent.well(minutes=2)
    assert [Occasion.TRIGGER, Occasion.RESOLVE] == agent.channel.occasions


def test_a_channel_that_does_not_take_it_is_asked_again(agent: Agent) -> None:
    since = agent.now
    agent.channel.refuses = True
    agent.away(since, minutes=7)
    agent.channel.refuses = False
    agent.away(since, minutes=1)
    assert [Occasion.TRIGGER] == agent.channel.occasions


def test_time_in_which_the_agent_stood_still_is_none_in_which_it_tried(agent: Agent) -> None:
    since = agent.now
    agent.away(since, minutes=1)
    agent.now += timedelta(hours=1)
    agent.away(since, minutes=3)
    assert [] == agent.channel.told

    agent.away(since, minutes=1)
    assert [Occasion.TRIGGER] == agent.channel.occasions
