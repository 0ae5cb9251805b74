"""What is wrong with the agents of a region, and who may come in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from synthmon import wire
from synthmon.centre.door import Door, Tokens
from synthmon.centre.rollcall import RollCall
from synthmon.errors import ConfigurationError, NotAdmitted
from synthmon.model.agent import Heartbeat
from synthmon.store.memory import MemoryStore
from tests.making import NOON, probe

OURS = "a" * 64


@dataclass
class Hall:
    """A store, a clock, and those who stand at its door."""

    store: MemoryStore = field(default_factory=MemoryStore)
    now: datetime = NOON
    regions: list[str] = field(default_factory=lambda: ["local", "us"])

    def __post_init__(self) -> None:
        self.roll = RollCall(self.store, lambda: {"checkout": probe(interval=10.0)}, lambda: OURS, lambda: self.now)
        self.tokens = Tokens(self.store, lambda: self.regions, lambda: self.now)
        self.door = Door(self.store, lambda: self.regions, lambda: self.now, self.monotonic)

    def monotonic(self) -> float:
        return self.now.timestamp()

    def hear(self, instance: str, **said: object) -> None:
        values: dict[str, object] = {"at": self.now, "version": "1", "config_hash": OURS, "started_at": NOON} | said
        heartbeat = Heartbeat("local", instance, **values)  # type: ignore[arg-type]
        self.roll.hear("local", wire.heartbeat_to_json(heartbeat))

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_agents_with_different_configurations_are_a_trouble_once_it_lasts(hall: Hall) -> None:
    for _ in range(9):
        hall.hear("one")
        hall.hear("two", config_hash="b" * 64)
        assert {} == hall.roll.troubles()
        hall.later(seconds=14)
    assert "config_drift" in hall.roll.troubles()["local"]
    assert [True, False] == [one.same_configuration for one in hall.roll.present()]
    hall.hear("two")
    assert {} == hall.roll.troubles()


def test_an_agent_that_is_gone_is_not_held_against_the_one_that_took_its_place(hall: Hall) -> None:
    hall.hear("gone", config_hash="b" * 64)
    hall.later(minutes=11)
    hall.hear("new")
    hall.later(minutes=3)
    hall.hear("new")
    assert {} == hall.roll.troubles()
    assert [True, False] == [one.silent for one in hall.roll.present()]


@pytest.mark.parametrize(
    ("offset", "round_trip", "remarked", "trouble"),
    [
        (1.9, 0.1, False, False),
        (-3.0, 0.1, True, False),
        (2.4, 1.0, False, False),  # the round trip explains it
        (6.0, 0.1, True, True),  # beyond half of ten seconds
        (-6.0, 0.1, True, True),
    ],
)
def test_a_clock_that_is_off_is_remarked_and_beyond_half_an_interval_a_trouble(
    hall: Hall, offset: float, round_trip: float, remarked: bool, trouble: bool
) -> None:
    hall.hear("one", offset=offset, round_trip=round_trip)
    (present,) = hall.roll.present()
    assert remarked is any("clock" in remark for remark in present.remarks)
    assert trouble is ("local" in hall.roll.troubles())


def test_a_token_opens_for_its_region_until_it_is_revoked(hall: Hall) -> None:
    _, text = hall.tokens.add("local")
    assert "local" == hall.door.admit(text)
    assert text not in repr(hall.store.tokens())
    hall.tokens.revoke("local")
    hall.later(seconds=6)
    with pytest.raises(NotAdmitted, match="was revoked") as refusal:
        hall.door.admit(text)
    assert 403 == refusal.value.status


def test_after_a_rotation_both_open_until_the_overlap_is_over(hall: Hall) -> None:
    _, old = hall.tokens.add("local")
    _, new = hall.tokens.rotate("local", timedelta(hours=1))
    assert ["local", "local"] == [hall.door.admit(old), hall.door.admit(new)]
    hall.later(hours=1)
    assert "local" == hall.door.admit(new)
    with pytest.raises(NotAdmitted, match="has expired"):
        hall.door.admit(old)


def test_a_second_rotation_does_not_lengthen_the_life_of_the_oldest(hall: Hall) -> None:
    _, oldest = hall.tokens.add("local")
    hall.tokens.rotate("local", timedelta(hours=1))
    hall.tokens.rotate("local", timedelta(hours=9))
    hall.later(hours=2)
    with pytest.raises(NotAdmitted):
        hall.door.admit(oldest)


def test_a_token_of_a_region_that_is_gone_opens_nothing(hall: Hall) -> None:
    _, text = hall.tokens.add("us")
    hall.regions.remove("us")
    with pytest.raises(NotAdmitted, match="no region 'us' any more") as refusal:
        hall.door.admit(text)
    assert 403 == refusal.value.status


def test_there_is_no_token_for_a_region_that_is_not_declared(hall: Hall) -> None:
    with pytest.raises(ConfigurationError, match="no region 'locale'") as refusal:
        hall.tokens.add("locale")
    assert "did you mean `local`?" == refusal.value.hint
