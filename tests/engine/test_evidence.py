"""The evidence of a broken step: enough to see why, bounded, readable, and nothing that must not be shown."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from synthmon.engine.evidence import KEPT
from synthmon.model.run import Evidence, Outcome
from tests.engine.world import World, expect, probe, request, step


def evidence_of(response: httpx.Response, secrets: dict[str, str] | None = None, **more: Any) -> Evidence:
    """The evidence of a step that expects another status."""
    world = World(lambda _request: response, secrets or {})
    found = world.run(probe(step("a", request=request(**more), expect=expect(299)))).steps[0].evidence
    assert found is not None
    return found


def test_it_holds_the_request_as_it_went_out_and_the_answer_as_it_came() -> None:
    found = evidence_of(
        httpx.Response(500, json={"error": "boom"}, headers={"X-Trace": "42"}),
        method="POST",
        url="/pay?a=1",
        json={"sum": 5},
    )
    assert (found.method, found.url, found.status) == ("POST", "http://shop.test/pay?a=1", 500)
    assert found.request_body == '{"sum":5}'
    assert found.response_body == '{"error":"boom"}'
    assert ("X-Trace", "42") in found.response_headers
    assert ("Content-Type", "application/json") in found.request_headers


def test_credentials_in_headers_are_hidden() -> None:
    response = httpx.Response(500, headers={"Set-Cookie": "session=abc; Path=/", "Content-Length": "0"})
    found = evidence_of(response, headers={"X-Api-Key": "abcdef", "X-Other": "shown"})
    assert ("X-Api-Key", "‹hidden›") in found.request_headers
    assert ("X-Other", "shown") in found.request_headers
    assert ("Set-Cookie", "‹hidden›") in found.response_headers


@pytest.mark.parametrize(("size", "cut"), [(KEPT, False), (KEPT + 1, True), (500_000, True)])
def test_bodies_are_cut_at_four_kibibytes_and_say_so(size: int, cut: bool) -> None:
    found = evidence_of(httpx.Response(500, text="x" * size))
    assert (found.response_body, found.response_body_truncated) == ("x" * KEPT, cut)


def test_a_cut_through_a_character_leaves_no_half_of_it() -> None:
    found = evidence_of(httpx.Response(500, text="x" * (KEPT - 1) + "é"))
    assert found.response_body == "x" * (KEPT - 1)


@pytest.mark.parametrize("offset", [*range(4070, 4100, 3), 4096 + 60])
def test_a_cut_through_a_secret_leaves_no_half_of_it(offset: int) -> None:
    secret = "correct-horse-battery"
    body = "x" * offset + secret + "y" * 10_000
    found = evidence_of(httpx.Response(500, text=body), {"key": secret}, headers={"X": "${{ secrets.key }}"})
    assert "corr" not in (found.response_body or "")


def test_a_binary_body_is_described() -> None:
    found = evidence_of(httpx.Response(500, content=b"\x89PNG\0\xff" * 10, headers={"Content-Type": "image/png"}))
    assert found.response_body == "(60 bytes of image/png)"
    assert not found.response_body_truncated


def test_a_body_of_undeclared_type_is_shown_if_it_is_text() -> None:
    assert evidence_of(httpx.Response(500, content="só".encode())).response_body == "só"
    assert evidence_of(httpx.Response(500, content=b"\xff\xfe\0")).response_body == "(3 bytes of an undeclared type)"


def test_control_characters_are_kept_as_data_except_those_that_cannot_be_stored() -> None:
    found = evidence_of(httpx.Response(500, text="\x1b[31mred\u202e\0"))
    assert found.response_body == "\x1b[31mred\u202e␀"


def test_no_body_is_none() -> None:
    found = evidence_of(httpx.Response(500))
    assert (found.request_body, found.response_body) == (None, None)


def test_a_step_without_an_answer_still_shows_its_request() -> None:
    def handle(seen: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=seen)

    found = World(handle).run(probe(step("a", request=request("POST", "/pay", json={"sum": 5})))).steps[0].evidence
    assert found is not None
    assert (found.url, found.status, found.request_body) == ("http://shop.test/pay", None, '{"sum":5}')


def test_the_evidence_of_a_followed_redirect_is_that_of_its_last_hop() -> None:
    def handle(seen: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "/b"}) if seen.url.path == "/a" else httpx.Response(500)

    found = World(handle).run(probe(step("a", request=request(url="/a", redirects=1)))).steps[0].evidence
    assert found is not None
    assert (found.url, found.status) == ("http://shop.test/b", 500)


def test_a_passed_step_keeps_none() -> None:
    result = World().run(probe(step("a")))
    assert (result.outcome, result.steps[0].evidence) == (Outcome.PASSED, None)
