"""Captures keep their type, take exactly one value, and a value that is not there is the target's failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine import capture
from synthmon.engine.redaction import Redaction
from synthmon.engine.reply import Reply
from synthmon.engine.values import Values
from synthmon.model.answer import Capture, CaptureFrom
from synthmon.model.run import Failure, FailureKind, Outcome, RunKey, RunKind, RunResult
from synthmon.model.secret import Secret
from tests.depth import times
from tests.engine.world import HERE, World, expect, from_json, probe, request, step, tree

SLOT = datetime(2026, 11, 23, 8, 14, tzinfo=UTC)
BODY = {"id": "007", "number": 12345678, "items": [{"n": 1}, {"n": 2}], "nothing": None, "ok": True, "price": 1.5}


def run(capture: Capture, body: Any = BODY, headers: dict[str, str] | None = None) -> tuple[RunResult, World]:
    """A run that captures, and echoes what it captured in the JSON of a second request."""
    world = World(lambda _request: httpx.Response(200, json=body, headers=headers))
    echo = step("echo", request=request("POST", "/echo", json={"v": "${{ captures.v }}"}))
    return world.run(probe(step("first", captures=(capture,)), echo)), world


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("$.id", "007", '"007"'),
        ("$.number", 12345678, "12345678"),
        ("$.ok", True, "true"),
        ("$.price", 1.5, "1.5"),
        ("$.items", [{"n": 1}, {"n": 2}], '[{"n": 1}, {"n": 2}]'),
    ],
)
def test_a_capture_keeps_its_type(path: str, value: Any, shown: str) -> None:
    result, world = run(from_json("v", path))
    assert json.loads(world.seen[1].content) == {"v": value}
    assert result.steps[0].captured == {"v": shown}


@pytest.mark.parametrize(
    ("capture", "message"),
    [
        (from_json("v", "$.nothing"), "cannot capture `v`: there is null at `$.nothing`"),
        (
            from_json("v", "$.items[*].n"),
            "cannot capture `v`: 2 values at `$.items[*].n`: name one of them, or say `all: true` to take the list",
        ),
        (
            Capture("v", CaptureFrom.HEADER, "X-Id", HERE),
            "cannot capture `v`: there is nothing at the header `X-Id`; the answer has no such header",
        ),
        (
            Capture("v", CaptureFrom.COOKIE, "sid", HERE),
            "cannot capture `v`: there is nothing at the cookie `sid`; no cookie was set",
        ),
    ],
)
def test_what_cannot_be_captured_fails_the_step_and_says_what_was_there(capture: Capture, message: str) -> None:
    result, world = run(capture)
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "first")
    assert [(failure.kind, failure.message) for failure in result.failures] == [(FailureKind.CAPTURE, message)]
    assert result.failures[0].source == str(HERE)
    assert len(world.seen) == 1


def test_the_keys_that_are_there_instead_are_named_and_their_values_are_not() -> None:
    result, _ = run(from_json("v", "$.token"), {"tokens": "private", "id": 7})
    assert result.failures[0].actual == "the answer is an object with `tokens`, `id`"


def test_all_takes_the_list() -> None:
    result, world = run(from_json("v", "$.items[*].n", all=True))
    assert json.loads(world.seen[1].content) == {"v": [1, 2]}
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize("path", ["$.absent", "$.nothing"])
def test_a_default_stands_in_for_nothing_and_for_null(path: str) -> None:
    _, world = run(from_json("v", path, has_default=True, default=tree(["a"])))
    assert json.loads(world.seen[1].content) == {"v": ["a"]}


def test_a_default_does_not_hide_that_there_are_several() -> None:
    result, _ = run(from_json("v", "$.items[*].n", has_default=True, default=None))
    assert result.failures[0].kind is FailureKind.CAPTURE


def test_headers_cookies_and_the_status_can_be_captured() -> None:
    headers = {"X-Id": "42", "Set-Cookie": "sid=abc; Path=/"}
    for origin, selector, value in (
        (CaptureFrom.HEADER, "x-id", "42"),
        (CaptureFrom.COOKIE, "sid", "abc"),
        (CaptureFrom.STATUS, "", 200),
    ):
        _, world = run(Capture("v", origin, selector, HERE), headers=headers)
        assert json.loads(world.seen[1].content) == {"v": value}


def test_a_cookie_that_was_captured_is_not_shown() -> None:
    result, _ = run(Capture("v", CaptureFrom.COOKIE, "sid", HERE), headers={"Set-Cookie": "sid=abcdef"})
    assert result.steps[0].captured == {"v": "‹captures.v›"}


def test_a_value_of_five_megabytes_is_not_carried_around() -> None:
    result, world = run(from_json("v", "$.v"), {"v": "x" * 500_000})
    assert result.failures[0].message == "cannot capture `v`: the value at `$.v` is larger than 65536 characters"
    assert len(world.seen) == 1


def test_nothing_can_be_captured_from_a_page() -> None:
    world = World(lambda _request: httpx.Response(200, html="<html>Log in</html>"))
    result = world.run(probe(step("first", captures=(from_json("v", "$.v"),))))
    assert (
        result.failures[0].message
        == "cannot capture `v`: nothing to capture from: the answer is an HTML page, not JSON"
    )


def test_a_500_is_reported_as_a_500_and_not_as_a_missing_token() -> None:
    world = World(lambda _request: httpx.Response(500))
    result = world.run(probe(step("first", captures=(from_json("v", "$.v"),))))
    assert [failure.kind for failure in result.failures] == [FailureKind.STATUS]


def test_a_step_that_is_slow_and_lacks_its_capture_has_failed_and_tells_both() -> None:
    world = World()

    def handle(_request: httpx.Request) -> httpx.Response:
        world.clock.advance(2)
        return httpx.Response(200, json={})

    world.handler = handle
    result = world.run(probe(step("first", latency_budget=1.0, captures=(from_json("v", "$.v"),))))
    assert result.outcome is Outcome.FAILED
    assert [failure.kind for failure in result.failures] == [FailureKind.CAPTURE, FailureKind.BUDGET]


def test_secret_numbers_keep_their_type_and_are_masked() -> None:
    result, world = run(from_json("v", "$.number", secret=True))
    assert json.loads(world.seen[1].content) == {"v": 12345678}
    assert result.steps[0].captured == {"v": "‹captures.v›"}
    assert "12345678" not in repr(result)


def test_the_texts_within_a_secret_object_are_secrets() -> None:
    world = World(lambda _request: httpx.Response(200, json={"v": {"a": ["first-secret"], "b": 7}}))
    echo = step("echo", request=request("POST", "/echo", json={"v": "${{ captures.v }}"}), expect=expect(500))
    result = world.run(probe(step("first", captures=(from_json("v", "$.v", secret=True),)), echo))
    assert json.loads(world.seen[1].content) == {"v": {"a": ["first-secret"], "b": 7}}
    assert "first-secret" not in repr(result)


LOCATION = {"Location": "https://shop.test/jobs/17?x=1", "X-Ids": "a-1, b-2, a-1"}
MARKUP = "<p data-id=\"7\">token: abc123</p><p data-id='8'>token: abc123</p>"


def patterned(pattern: str, origin: CaptureFrom = CaptureFrom.TEXT, selector: str = "", **more: Any) -> Capture:
    return Capture("v", origin, selector, HERE, pattern=pattern, **more)


@pytest.mark.parametrize(
    ("capture", "value"),
    [
        (patterned("/jobs/([^/?]+)", CaptureFrom.HEADER, "Location"), "17"),
        (patterned("jobs/(?:x|(?P<id>[0-9]+))", CaptureFrom.HEADER, "Location"), "17"),
        (patterned("(jobs)/(?P<id>[0-9]+)", CaptureFrom.HEADER, "Location"), "17"),
        (patterned("[0-9]{2}", CaptureFrom.HEADER, "Location"), "17"),
        (patterned("token: (\\w+)"), "abc123"),  # the same twice is one
        (patterned("[a-z]-[0-9]", CaptureFrom.HEADER, "X-Ids", all=True), ["a-1", "b-2", "a-1"]),
        (patterned("nothing like it", has_default=True, default="none"), "none"),
        (patterned("a(b)?x|token", has_default=True, default="no group took part"), "no group took part"),
    ],
)
def test_a_pattern_takes_a_part_of_a_text(capture: Capture, value: Any) -> None:
    world = World(lambda _request: httpx.Response(200, text=MARKUP, headers=LOCATION))
    echo = step("echo", request=request("POST", "/echo", json={"v": "${{ captures.v }}"}))
    result = world.run(probe(step("first", captures=(capture,)), echo))

    assert result.outcome is Outcome.PASSED
    assert json.loads(world.seen[1].content) == {"v": value}


@pytest.mark.parametrize(
    ("capture", "message"),
    [
        (patterned("data-id=.([0-9])"), "2 values at `data-id=.([0-9])` in the body: name one of them"),
        (
            patterned("/orders/(.+)", CaptureFrom.HEADER, "Location"),
            "there is nothing at `/orders/(.+)` in the header `Location`; it is text of 29 characters",
        ),
        (patterned("x", CaptureFrom.HEADER, "X-Absent"), "the answer has no such header"),
    ],
)
def test_a_pattern_that_takes_nothing_or_too_much_fails_the_step(capture: Capture, message: str) -> None:
    world = World(lambda _request: httpx.Response(200, text=MARKUP, headers=LOCATION))
    (failure,) = world.run(probe(step("first", captures=(capture,)))).failures

    assert failure.kind is FailureKind.CAPTURE
    assert message in failure.message


def test_a_pattern_looks_into_json_texts_and_refuses_what_is_no_text() -> None:
    body = {"next": "/page?cursor=c-9", "number": 17}
    good, world = run(patterned("cursor=(.+)", CaptureFrom.JSON, "$.next"), body)
    bad, _ = run(patterned("[0-9]", CaptureFrom.JSON, "$.number"), body)

    assert json.loads(world.seen[1].content) == {"v": "c-9"}
    assert good.outcome is Outcome.PASSED
    assert "the value at `$.number` is 17, not a text" in bad.failures[0].message


def test_what_a_pattern_takes_from_a_body_under_redaction_is_not_shown() -> None:
    world = World(lambda _request: httpx.Response(200, text=MARKUP))
    result = world.run(probe(step("first", captures=(patterned("token: (\\w+)"),)), redact_json=("$.name",)))

    assert result.steps[0].captured == {"v": 'text of 6 characters like "aaa999"'}


values_of_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=times(30), deadline=None)
@given(
    values_of_json.map(lambda value: {"a": value}) | values_of_json,
    st.sampled_from(["$.a", "$.a.b", "$.a[0]", "$['a'][-1]", "$", "$..a", "$.a[*]"]),
    st.booleans(),
    st.booleans(),
)
def test_what_is_taken_at_once_is_what_is_taken_with_care(body: Any, path: str, secret: bool, every: bool) -> None:
    wanted = from_json("v", path, secret=secret, all=every)
    told = [taken(way, wanted, json.dumps(body).encode()) for way in (capture.take, capture.carefully)]
    assert told[0] == told[1]


@pytest.mark.parametrize("text", ["‹captures.v›", "‹", "‹a› s3cr3t-value"])
def test_what_a_target_says_is_never_shown_as_if_it_were_the_name_of_a_secret(text: str) -> None:
    for way in (capture.take, capture.carefully):
        shown, *_ = taken(way, from_json("v", "$.a"), json.dumps({"a": text}).encode())
        assert isinstance(shown, str)
        assert not shown.startswith("‹")


@pytest.mark.parametrize("text", ["x" * 5461, "x" * 5462, "x" * 70_000])
def test_how_long_a_text_is_makes_no_difference_to_that(text: str) -> None:
    wanted = from_json("v", "$.a")
    told = [taken(way, wanted, json.dumps({"a": text}).encode()) for way in (capture.take, capture.carefully)]
    assert told[0] == told[1]


Way = Callable[[Capture, Reply, Values, Redaction], str | Failure]


def taken(way: Way, wanted: Capture, content: bytes) -> tuple[str | Failure, Any, Any, list[Secret]]:
    """What is shown, what was captured, and what a scrubber will know."""
    asked = probe(step("first"))
    key = RunKey("production", "checkout", "local", SLOT, RunKind.MANUAL)
    values = Values(asked, key, asked.regions[0], World().surroundings, SLOT)
    shown = way(wanted, Reply(httpx.Response(200, content=content), {}), values, Redaction(()))
    return shown, values.captures.get("v"), type(values.captures.get("v")), list(values.known)
