"""A flood of readers costs one look, and a database that is away shows for a while what was known."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from synthmon.errors import StoreError
from synthmon.web.public.keeping import FRESH, STALE, Answers, Kept


class Desk:
    """Counts looks, and can be away."""

    def __init__(self) -> None:
        self.looks, self.away, self.time = 0, False, 1000.0
        self.kept = Kept(self.make, lambda: self.time)

    def make(self) -> Answers | None:
        self.looks += 1
        if self.away:
            raise StoreError("at /secret/path")
        return Answers(str(self.looks).encode(), b"{}")

    def html(self) -> bytes | None:
        found = self.kept.get()
        return found.html if found else None


def test_many_readers_cost_one_look_until_it_is_old() -> None:
    desk = Desk()
    with ThreadPoolExecutor(16) as pool:
        assert {b"1"} == set(pool.map(lambda _: desk.html(), range(200)))
    desk.time += FRESH
    assert (b"2", 2) == (desk.html(), desk.looks)


def test_while_one_looks_the_others_are_given_what_was_known() -> None:
    desk = Desk()
    desk.html()
    looking, go = threading.Event(), threading.Event()
    make = desk.make

    def slow() -> Answers | None:
        looking.set()
        assert go.wait(10)
        return make()

    desk.kept._make = slow
    desk.time += FRESH
    with ThreadPoolExecutor(1) as pool:
        fresh = pool.submit(desk.html)
        assert looking.wait(10)
        assert b"1" == desk.html()
        go.set()
        assert b"2" == fresh.result(10)


def test_a_database_that_is_away_is_asked_seldom_and_shown_for_as_long_as_it_does_not_mislead() -> None:
    desk = Desk()
    desk.html()
    desk.away = True
    for _ in range(3):
        desk.time += FRESH
        assert {b"1"} == {desk.html() for _ in range(10)}
    assert 4 == desk.looks
    desk.time += STALE
    with pytest.raises(StoreError) as said:
        desk.html()
    assert "secret" not in str(said.value)
    desk.away = False
    desk.time += FRESH
    assert b"6" == desk.html()


def test_a_database_that_was_never_there_is_asked_seldom_too() -> None:
    desk = Desk()
    desk.away = True
    for _ in range(10):
        with pytest.raises(StoreError):
            desk.html()
    assert 1 == desk.looks
