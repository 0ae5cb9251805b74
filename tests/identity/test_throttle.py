"""Guessing is slow, and the real person is kept out for a minute at most, or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from synthmon.identity import throttle
from synthmon.identity.throttle import Throttle, near_by
from tests.making import NOON


class Clock:
    def __init__(self) -> None:
        self.now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


def fail(shut: Throttle, times: int, account: str = "ada", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        shut.attempted(account, address)


def test_five_failures_shut_the_account_at_that_address_for_a_minute() -> None:
    clock = Clock()
    shut = Throttle(clock, lambda *_: False)
    fail(shut, 4)
    assert not shut.is_shut("ada", "192.0.2.1")
    fail(shut, 1)
    assert shut.is_shut("ada", "192.0.2.1")
    assert not shut.is_shut("ada", "192.0.2.2")
    assert not shut.is_shut("bob", "192.0.2.1")
    clock.now += timedelta(minutes=1)
    assert not shut.is_shut("ada", "192.0.2.1")


def test_an_address_that_tries_many_names_is_shut_for_all() -> None:
    shut = Throttle(Clock(), lambda *_: False)
    for number in range(throttle.PER_ADDRESS):
        fail(shut, 1, f"user-{number}")
    assert shut.is_shut("somebody-else", "192.0.2.1")
    assert not shut.is_shut("somebody-else", "192.0.2.2")


def test_a_flood_from_everywhere_shuts_the_account_but_not_where_its_owner_was_before() -> None:
    shut = Throttle(Clock(), lambda account, address: (account, address) == ("ada", "198.51.100.7"))
    for number in range(throttle.PER_ACCOUNT):
        fail(shut, 1, "ada", f"192.0.2.{number}")
    assert shut.is_shut("ada", "203.0.113.1")
    assert not shut.is_shut("ada", "198.51.100.7")


def test_a_success_takes_its_own_attempt_back_and_no_other() -> None:
    shut = Throttle(Clock(), lambda *_: False)
    fail(shut, 4)
    for _ in range(10):
        shut.attempted("ada", "192.0.2.1")
        shut.succeeded("ada", "192.0.2.1")
    assert not shut.is_shut("ada", "192.0.2.1")
    fail(shut, 1)
    assert shut.is_shut("ada", "192.0.2.1")


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "MOST_KEPT", 30)
    shut = Throttle(Clock(), lambda *_: False)
    for number in range(200):
        fail(shut, 1, f"user-{number}", f"2001:db8:{number:x}::1")
    assert len(shut._failures) <= 33


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_one_customer_of_a_provider_is_one_address(address: str, near: str) -> None:
    assert near == near_by(address)
