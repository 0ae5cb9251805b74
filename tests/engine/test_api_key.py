"""API keys in headers, parameters and cookies: sent as declared, shown nowhere, taken to no other origin."""

from __future__ import annotations

import httpx
import pytest

from synthmon.model.auth import ApiKeyAuth, BearerAuth, KeyPlace
from synthmon.model.run import FailureKind, Outcome
from tests.engine.world import World, from_json, probe, request, step, text

KEY = "k3y with/odd=signs"


def auth(place: KeyPlace, name: str, value: str = "${{ secrets.key }}") -> ApiKeyAuth:
    return ApiKeyAuth(place, name, text(value))


def test_a_key_is_sent_where_it_is_declared_beside_what_is_there() -> None:
    world = World(secrets={"key": KEY, "plain": "abc-def"})
    world.run(
        probe(
            step("header", auth=auth(KeyPlace.HEADER, "X-Partner-Key")),
            step("query", "/q?x=%2F1", auth=auth(KeyPlace.QUERY, "key")),
            step("bare", "/q", auth=auth(KeyPlace.QUERY, "key")),
            step(
                "cookie",
                request=request(headers={"Cookie": "a=1"}),
                auth=auth(KeyPlace.COOKIE, "key", "${{ secrets.plain }}"),
            ),
        )
    )
    assert world.seen[0].headers["X-Partner-Key"] == KEY
    assert [str(seen.url) for seen in world.seen[1:3]] == [
        "http://shop.test/q?x=%2F1&key=k3y%20with%2Fodd%3Dsigns",
        "http://shop.test/q?key=k3y%20with%2Fodd%3Dsigns",
    ]
    assert world.seen[3].headers["Cookie"] == "a=1; key=abc-def"


@pytest.mark.parametrize("place", KeyPlace)
def test_a_key_is_shown_nowhere_even_if_it_was_captured_without_being_called_secret(place: KeyPlace) -> None:
    def echo(seen: httpx.Request) -> httpx.Response:
        if seen.url.path == "/key":
            return httpx.Response(200, json={"key": "captured-key-1"})
        return httpx.Response(500, text=f"{seen.url} {dict(seen.headers)}")

    result = World(echo).run(
        probe(
            step("get", "/key", captures=(from_json("key", "$.key"),)),
            step("use", auth=auth(place, "k", "${{ captures.key }}")),
        )
    )
    assert result.failed_step == "use"
    assert "captured-key-1" not in repr(result)
    assert "‹auth.api_key›" in repr(result)


def test_a_bearer_token_is_a_secret_wherever_it_came_from() -> None:
    result = World(lambda seen: httpx.Response(500, text=seen.headers["Authorization"])).run(
        probe(step("a", auth=BearerAuth(text("token-${{ run.id }}"))))
    )
    assert result.steps[0].evidence is not None
    assert result.steps[0].evidence.response_body == "Bearer ‹auth.bearer›"


@pytest.mark.parametrize(("target", "sent"), [("http://other.test/b", False), ("/b", True)])
def test_a_redirect_takes_a_key_to_no_other_origin(target: str, sent: bool) -> None:
    def handle(seen: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": target}) if seen.url.path == "/a" else httpx.Response(200)

    world = World(handle, {"key": "abc-def"})
    followed = [
        step(place.value, request=request(url="/a", redirects=1), auth=auth(place, "X-Partner-Key"))
        for place in (KeyPlace.HEADER, KeyPlace.COOKIE)
    ]
    world.run(probe(*followed))
    arrived = [seen for seen in world.seen if seen.url.path == "/b"]
    assert [("abc-def" in repr(seen.headers.raw)) for seen in arrived] == [sent, sent]


def test_a_cookie_takes_only_what_cookies_may_hold() -> None:
    result = World(secrets={"key": "a;b=c"}).run(probe(step("a", auth=auth(KeyPlace.COOKIE, "key"))))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.TEMPLATE)
    assert result.failures[0].message == "the value for the cookie `key` has a sign that no cookie may carry"
