"""Cookies live for one run, within limits, and go only where they belong."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from synthmon.engine.cookies import LARGEST, MOST
from synthmon.model.run import Outcome, RunResult
from tests.engine.world import World, expect, probe, request, step


def run_with(*set_cookies: str, second: str = "http://shop.test/again") -> tuple[RunResult, httpx.Request]:
    """A run whose first answer sets these cookies, and its second request."""

    def handle(seen: httpx.Request) -> httpx.Response:
        first = seen.url.path == "/"
        return httpx.Response(200, headers=[("Set-Cookie", line) for line in set_cookies] if first else [])

    world = World(handle)
    result = world.run(probe(step("a"), step("b", second)))
    return result, world.seen[1]


def test_a_cookie_that_was_set_is_sent_back() -> None:
    result, again = run_with("session=abc; Path=/; HttpOnly")
    assert again.headers["Cookie"] == "session=abc"
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize("value", ["Zoë", "\x80", "☃"])
def test_a_cookie_beyond_ascii_is_sent_back_and_is_no_error_of_ours(value: str) -> None:
    line = f"name={value}".encode()
    world = World(lambda _request: httpx.Response(200, headers=[(b"Set-Cookie", line)]))
    result = world.run(probe(step("first"), step("second")))
    assert result.outcome is Outcome.PASSED, result.failures
    assert line in dict(world.seen[1].headers.raw).values()


def test_the_next_run_begins_without_cookies() -> None:
    world = World(lambda _seen: httpx.Response(200, headers={"Set-Cookie": "session=abc; Path=/"}))
    declared = probe(step("a"))
    world.run(declared)
    world.run(declared)
    assert ["Cookie" in seen.headers for seen in world.seen] == [False, False]


def test_probes_share_no_cookie_also_when_their_runs_go_on_at_the_same_time() -> None:
    inner = World()
    declared = probe(step("a"), step("b"))

    def handle(seen: httpx.Request) -> httpx.Response:
        if len(outer.seen) == 2:  # the cookie is held by a run that still goes on
            inner.run(replace(declared, name="other"))
        return httpx.Response(200, headers={"Set-Cookie": "session=abc; Path=/"})

    outer = World(handle)
    assert outer.run(declared).outcome is Outcome.PASSED
    assert ["Cookie" in seen.headers for seen in outer.seen] == [False, True]
    assert ["Cookie" in seen.headers for seen in inner.seen] == [False, False]


@pytest.mark.parametrize(
    "line",
    [
        "session=abc; Path=/; Domain=elsewhere.test",
        "session=abc; Path=/; Domain=.test",
        "session=abc; Path=/; Max-Age=0",
        "session=abc; Path=/admin",
        "session=abc; Path=/; Secure",
        f"session={'x' * (LARGEST + 1)}; Path=/",
    ],
    ids=["for another domain", "for a whole domain", "expired", "for another path", "for https only", "too large"],
)
def test_a_cookie_that_does_not_belong_there_is_not_sent(line: str) -> None:
    result, again = run_with(line)
    assert "Cookie" not in again.headers
    assert result.outcome is Outcome.PASSED


def test_a_cookie_is_not_sent_to_another_host() -> None:
    _, elsewhere = run_with("session=abc; Path=/", second="http://elsewhere.test/")
    assert "Cookie" not in elsewhere.headers


def test_a_flood_of_cookies_is_kept_within_limits() -> None:
    result, again = run_with(*(f"c{number}=x; Path=/" for number in range(500)))
    assert len(again.headers["Cookie"].split("; ")) == MOST
    assert result.outcome is Outcome.PASSED


def test_a_cookie_that_is_held_may_still_change_when_the_jar_is_full() -> None:
    lines = [*(f"c{number}=x; Path=/" for number in range(MOST)), "c0=changed; Path=/", "new=x; Path=/"]
    _, again = run_with(*lines)
    cookies = again.headers["Cookie"].split("; ")
    assert "c0=changed" in cookies
    assert "new=x" not in cookies


def test_a_cookie_that_the_probe_writes_itself_is_sent_before_those_of_the_jar() -> None:
    world = World(lambda _seen: httpx.Response(200, headers={"Set-Cookie": "session=abc; Path=/"}))
    world.run(probe(step("a"), step("b", request=request(headers={"Cookie": "mine=1"}))))
    assert world.seen[1].headers["Cookie"] == "mine=1; session=abc"


def test_cookies_follow_a_redirect_but_never_to_another_origin() -> None:
    def handle(seen: httpx.Request) -> httpx.Response:
        if seen.url.path == "/go":
            return httpx.Response(302, headers={"Location": "/in", "Set-Cookie": "session=abc; Path=/"})
        if seen.url.path == "/in":
            return httpx.Response(302, headers={"Location": "http://elsewhere.test/"})
        return httpx.Response(200)

    world = World(handle)
    followed = request(url="/go", headers={"Cookie": "mine=1"}, redirects=3)
    assert world.run(probe(step("a", request=followed, expect=expect(200)))).outcome is Outcome.PASSED
    assert "session=abc" in world.seen[1].headers["Cookie"]
    assert "Cookie" not in world.seen[2].headers
