"""The token cache keeps tokens by key, bounded, and lets one renewal through at a time."""

from __future__ import annotations

import threading

from synthmon.engine.ports import Token
from synthmon.engine.tokens import CAPACITY, MOST_TOLD, MemoryTokens
from synthmon.model.secret import Secret

KEY = ("shop", "local", "partner")


def token(value: str = "abc") -> Token:
    return Token(Secret("auth.partner.token", value), None)


def test_a_token_is_kept_under_its_key_until_it_is_dropped() -> None:
    tokens = MemoryTokens()
    assert tokens.get(KEY) is None
    tokens.put(KEY, token())
    assert tokens.get(KEY) == token()
    assert tokens.get(("shop", "elsewhere", "partner")) is None
    tokens.drop(KEY)
    tokens.drop(KEY)
    assert tokens.get(KEY) is None


def test_one_at_a_time_renews_and_who_waits_too_long_is_told_so() -> None:
    tokens = MemoryTokens()
    inside, leave = threading.Event(), threading.Event()

    def renew() -> None:
        with tokens.lock(KEY, 5) as held:
            assert held
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=renew)
    thread.start()
    assert inside.wait(5)
    with tokens.lock(KEY, 0.01) as held:
        assert not held
    with tokens.lock(("other", "local", "partner"), 0) as held:
        assert held
    leave.set()
    thread.join()
    with tokens.lock(KEY, 0) as held:
        assert held


def test_what_runs_told_is_kept_for_the_next_ones_of_their_probe_and_region_the_newest_first() -> None:
    tokens = MemoryTokens()
    for number in range(MOST_TOLD + 3):
        tokens.tell("shop", "local", (Secret("captures.a", str(number)),))
    tokens.tell("shop", "local", ())
    assert [secret.reveal() for secret in tokens.told("shop", "local")] == [str(n) for n in range(MOST_TOLD + 2, 2, -1)]
    assert tokens.told("shop", "elsewhere") == ()


def test_the_oldest_tokens_are_forgotten_beyond_the_capacity() -> None:
    tokens = MemoryTokens()
    for number in range(CAPACITY + 1):
        tokens.put(("shop", "local", str(number)), token())
    assert tokens.get(("shop", "local", "0")) is None
    assert tokens.get(("shop", "local", str(CAPACITY))) is not None
