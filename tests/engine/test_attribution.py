"""Whose fault it is: nothing a target can do is our error, and nothing of ours is ever told as the target's failure."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.model.answer import Capture, CaptureFrom, Expect
from synthmon.model.auth import BearerAuth
from synthmon.model.journey import Poll, Retry
from synthmon.model.run import FailureKind, Outcome
from tests.engine.test_assertion import schema
from tests.engine.world import HERE, OK, World, expect, from_json, matcher, matchers, probe, request, step, until

DEMANDING = Expect(
    OK,
    headers=matchers({"Content-Type": {"starts_with": "application/"}, "X-Left": {"at_least": 5}}),
    cookies=matchers({"session": {"exists": True}}),
    json=matchers(
        {
            "$.items[*].email": {"each": {"format": "email"}},
            "$.items": {"length": {"at_least": 1}, "not_contains": 3},
            "$..n": {"count": 2},
            "$.total": {"more_than": 5, "type": "number"},
            "$": {"any": {"matches": "^(a|b)+$"}},
        }
    ),
    text=(matcher({"contains": "x", "matches": "a.*b"}),),
    schema=schema(),
    source=HERE,
)
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["items", "n", "total", "email", "phone", "v"]) | st.text(max_size=4), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def capturing(origin: CaptureFrom, selector: str) -> Capture:
    return Capture(f"from_{origin}", origin, selector, HERE)


@given(
    status=st.integers(200, 599),
    body=st.binary(max_size=80) | JSON,
    content_type=st.sampled_from(["application/json", "text/html; charset=utf-16", "text/plain; charset=zlib", ""])
    | LATIN,
    cookie=LATIN,
    location=LATIN,
)
def test_nothing_that_a_target_answers_is_our_error(
    status: int, body: Any, content_type: str, cookie: str, location: str
) -> None:
    content = body if isinstance(body, bytes) else httpx.Response(200, content=dumped(body)).content
    headers = [("Content-Type", content_type), ("Set-Cookie", cookie), ("Location", location), ("X-Left", cookie)]
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    world = World(lambda _request: httpx.Response(status, headers=encoded, content=content))
    captures = (
        from_json("v", "$..v", all=True),
        capturing(CaptureFrom.HEADER, "Location"),
        capturing(CaptureFrom.COOKIE, "session"),
    )
    uses = request(
        "POST",
        "/${{ captures.from_header }}",
        json={"v": "${{ captures.v }}"},
        headers={"X": "${{ captures.from_header }}"},
    )
    journeys = (
        probe(step("a", expect=DEMANDING)),
        probe(
            step("a", request=request(redirects=2), expect=expect(status), captures=captures), step("b", request=uses)
        ),
        probe(step("a", poll=Poll(1.0, 3.0, until({"$.total": 7}), DEMANDING)), redact_json=("$..email", "$..v")),
    )
    for declared in journeys:
        result = world.run(declared)
        assert result.outcome is not Outcome.ERROR, result.failures


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "place",
    [
        "synthmon.engine.prepared.render_request",
        "synthmon.engine.attempt.authorize",
        "synthmon.engine.client.Client.send",
        "synthmon.engine.step.passed",
        "synthmon.engine.step.budget_failure",
        "synthmon.engine.capture.take",
        "synthmon.engine.evidence.evidence",
        "synthmon.engine.walk.cleaned",
        "synthmon.engine.walk.Context",
        "synthmon.engine.walk.decide",
    ],
)
@pytest.mark.parametrize("defect", [KeyError("x"), RecursionError(), MemoryError(), UnicodeError("x"), OSError("x")])
def test_a_defect_anywhere_is_internal_and_never_the_targets_failure(
    monkeypatch: pytest.MonkeyPatch, place: str, defect: Exception
) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise defect

    monkeypatch.setattr(place, broken)
    world = World(lambda _request: httpx.Response(200, json={"v": 1}))
    world.handler = lambda _request: advanced(world)
    declared = probe(
        # one with retries goes the careful way; of the other one see `test_straight.py`
        step("a", auth=BearerAuth("t"), latency_budget=0.1, captures=(from_json("v", "$.v"),), retry=Retry(1)),
        cleanup=(step("tidy", "/t", "DELETE"),),
    )
    result = world.run(declared)
    assert result.outcome is Outcome.ERROR
    assert result.failures[0].kind is FailureKind.INTERNAL


def advanced(world: World) -> httpx.Response:
    world.clock.advance(1)
    return httpx.Response(200, json={"v": 1})


def test_the_kinds_that_may_say_failed_are_these_and_no_others() -> None:
    theirs = {
        *("dns", "connect", "tls", "timeout", "protocol", "too_large", "decode", "redirect"),
        *("status", "header", "body", "schema", "capture", "budget", "auth", "poll", "policy"),
    }
    assert {kind.value for kind in FailureKind if not kind.is_ours} == theirs
