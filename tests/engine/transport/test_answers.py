"""Answers that arrive well and say the wrong thing: bodies that cannot be read, refusals, and values to be taken."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from synthmon.model.answer import Capture, CaptureFrom
from synthmon.model.auth import BearerAuth, ProfileAuth
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, answer, saying
from tests.engine.transport.visit import Seen, visit, visiting
from tests.engine.world import HERE, expect, from_json, matcher, profile, request, step, text

pytestmark = pytest.mark.usefixtures("either_way")

JSON = "Content-Type: application/json"


def read(body: bytes, *headers: str) -> Seen:
    """A step that wants a value of the body."""
    return visit(saying(answer(body, *(headers or (JSON,)))), expect=expect(json={"$.a": {"exists": True}}))


UNREADABLE = {
    "cut short": (b'{"a": 1,\n "b": ', "2:7"),
    "empty": (b"", "the body is empty"),
    "an HTML page": (b"<!doctype html><title>Sorry</title>", "an HTML page"),
    "not UTF-8": (b'{"a": "\xff"}', "not UTF-8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "UTF-16"),
    "a zero byte": (b'{"a": "\0"}', "not JSON"),
    "NaN": (b'{"a": NaN}', "NaN"),
    "Infinity": (b'{"a": -Infinity}', "Infinity"),
    "a key twice": (b'{"a": 1, "a": 2}', "twice"),
    "a number beyond every float": (b'{"a": 1e400}', "beyond every float"),
    "a number of 5000 digits": (b'{"a": ' + b"9" * 5000 + b"}", "5000 digits"),
    "half a surrogate pair": (b'{"a": "\\ud800"}', "surrogate"),
    "a million levels": (b'{"a":' + b"[" * 500_000 + b"]" * 500_000 + b"}", "nested deeper than 200 levels"),
    "more than is judged": (b'{"a": "' + b"x" * 1_100_000 + b'"}', "at most 1048576 are judged"),
}


@pytest.mark.parametrize(("body", "message"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_body_that_is_no_json_fails_and_says_why(body: bytes, message: str) -> None:
    seen = read(body)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.BODY), seen.failure
    told = " ".join(filter(None, (seen.failure.message, seen.failure.actual, seen.failure.detail)))
    assert message in told
    assert told.isprintable()
    assert len(told) < 1000


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b'\xef\xbb\xbf{"a": 1}').outcome is Outcome.PASSED


def test_a_body_with_escapes_for_terminals_is_kept_harmless() -> None:
    evil = "\x1b[2J\u202egnp.exe\0"
    seen = visit(
        saying(answer(evil.encode(), "Content-Type: text/plain")), expect=expect(text=(matcher({"contains": "hello"}),))
    )
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.BODY)
    told = f"{seen.failure.message}{seen.failure.actual}{seen.failure.expected}"
    assert told.isprintable()


def test_a_rejection_is_told_as_the_credentials_and_never_shows_them() -> None:
    with RawServer(saying(answer(status="401 Unauthorized"))) as server, visiting() as visitor:
        seen = visitor.walk(step("visit", server.url, auth=BearerAuth(text("a-token-that-expired"))))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.AUTH)
    assert "401" in seen.failure.message
    assert "a-token-that-expired" not in f"{seen.failure}"


def test_a_token_rejected_early_is_renewed_once_and_degrades() -> None:
    tokens = iter(["first", "second"])

    def script(connection: Connection) -> None:
        while said := connection.request():
            if said.startswith(b"POST /token"):
                granted = {"access_token": next(tokens), "token_type": "Bearer", "expires_in": 3600}
                connection.send(answer(json.dumps(granted).encode(), JSON))
            else:
                good = b"authorization: bearer second" in said.lower()
                connection.send(answer(status="200 OK" if good else "401 Unauthorized"))

    with RawServer(script) as server, visiting(secrets={"client_secret": "cs-1234567890"}) as visitor:
        partner = replace(profile(renew_on_401=True), token_url=text(server.url + "/token"))
        seen = visitor.walk(step("visit", server.url, auth=ProfileAuth("partner")), profiles=(partner,))
    assert (seen.outcome, seen.kind) == (Outcome.DEGRADED, FailureKind.AUTH), seen.failure
    assert [exchange.status for exchange in seen.exchanges] == [200, 401, 200, 200]


@pytest.mark.parametrize("after", ["120", "Mon, 23 Nov 2026 08:00:00 GMT", "99999999999999", "-1", "soon"])
def test_a_target_that_throttles_fails_by_its_status_and_is_not_asked_again(after: str) -> None:
    with RawServer(saying(answer(b"", f"Retry-After: {after}", status="429 Too Many Requests"))) as server:
        seen = visit(server)
        assert server.accepted == 1
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.STATUS)
    assert len(seen.exchanges) == 1


def test_maintenance_with_a_retry_after_is_a_failure_of_status() -> None:
    seen = visit(saying(answer(b"", "Retry-After: 3600", status="503 Service Unavailable")))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.STATUS)
    assert "503" in seen.failure.message


def captured(body: bytes, *, then: str = "/orders/${{ captures.id }}", **headers: str) -> tuple[Seen, list[bytes]]:
    """A step that captures `$.id`, and one that uses it."""
    heard: list[bytes] = []

    def script(connection: Connection) -> None:
        while said := connection.request():
            heard.append(said)
            connection.send(answer(body, JSON))

    with RawServer(script) as server, visiting() as visitor:
        using = request("GET", server.url + then, headers=headers)
        return visitor.walk(
            step("take", server.url, captures=(from_json("id", "$.id"),)), step("use", request=using)
        ), heard


@pytest.mark.parametrize("body", [b"{}", b'{"id": null}', b"[]"])
def test_a_value_that_is_not_there_cannot_be_captured(body: bytes) -> None:
    seen, heard = captured(body)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.CAPTURE)
    assert seen.result.failed_step == "take"
    assert len(heard) == 1


@pytest.mark.parametrize("body", [b'{"id": [1, 2]}', b'{"id": {"n": 1}}', b'{"id": ""}', b'{"id": ".."}'])
def test_a_captured_value_that_does_not_fit_into_an_address_is_not_sent(body: bytes) -> None:
    seen, heard = captured(body)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.CAPTURE)
    assert len(heard) == 1


def test_a_captured_line_end_never_begins_another_header() -> None:
    seen, heard = captured(b'{"id": "1\\r\\nX-Evil: 1"}', then="/", **{"X-Order": "${{ captures.id }}"})
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.CAPTURE)
    assert len(heard) == 1


def test_a_captured_line_end_in_an_address_is_encoded() -> None:
    seen, heard = captured(b'{"id": "1 HTTP/1.1\\r\\nX-Evil: 1\\r\\n"}')
    assert seen.outcome is Outcome.PASSED
    assert heard[1].startswith(b"GET /orders/1%20HTTP%2F1.1%0D%0AX-Evil%3A%201%0D%0A HTTP/1.1\r\n")


def test_an_immense_value_is_not_captured() -> None:
    seen, _ = captured(b'{"id": "' + b"x" * 1_000_000 + b'"}', then="/", **{"X-Order": "${{ captures.id }}"})
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.CAPTURE)
    assert len(seen.failure.actual or "") < 200


def test_a_header_is_captured_as_it_came() -> None:
    capture = Capture("etag", CaptureFrom.HEADER, "ETag", HERE)
    seen = visit(saying(answer(b"", 'ETag: "x-1"')), captures=(capture,))
    assert seen.step.captured == {"etag": '"\\"x-1\\""'}
