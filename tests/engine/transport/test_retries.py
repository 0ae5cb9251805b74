"""Attempts of a step with `retry` at a real server that closes, resets, throttles and stays silent."""

from __future__ import annotations

import re

import pytest

from synthmon.model.answer import StatusRange
from synthmon.model.journey import Retry, RetryCause
from synthmon.model.run import ExchangePurpose, FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, Script, answer
from tests.engine.transport.visit import visiting
from tests.engine.world import request, step

pytestmark = pytest.mark.usefixtures("either_way")

QUICK = Retry(3, 0.01)


def failing(first: str, heard: list[bytes], times: int = 1) -> Script:
    """Connections up to `times` fail in that way; those after it answer."""

    def script(connection: Connection) -> None:
        heard.append(connection.request())
        if connection.number > times:
            connection.send(answer(b"{}"))
        elif first == "reset":
            connection.reset()
        elif first == "broken off":
            connection.send(answer(b"0123456789")[:-5])
        elif first == "garbage":
            connection.send(b"SSH-2.0-OpenSSH_9.6\r\n")
        elif first == "silent":
            connection.hold()

    return script


@pytest.mark.parametrize("first", ["closed", "reset", "broken off", "garbage", "silent"])
def test_a_post_with_a_key_is_sent_again_as_the_very_same(first: str) -> None:
    heard: list[bytes] = []
    with RawServer(failing(first, heard)) as server, visiting() as visitor:
        spec = request("POST", server.url, json={"amount": 5}, idempotency_header="Idempotency-Key")
        timeout = 0.3 if first == "silent" else 5.0
        seen = visitor.walk(step("pay", request=spec, retry=QUICK, timeout=timeout))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert seen.step.flaky
    assert [exchange.purpose for exchange in seen.exchanges] == [ExchangePurpose.REQUEST, ExchangePurpose.RETRY]
    keys = [re.search(rb"Idempotency-Key: (\S+)", said) for said in heard]
    assert keys[0] is not None
    assert keys[1] is not None
    assert keys[0][1] == keys[1][1]
    assert [said.partition(b"\r\n\r\n")[2] for said in heard] == [b'{"amount":5}'] * 2


def test_a_target_that_is_never_there_is_told_with_the_last_attempt() -> None:
    heard: list[bytes] = []
    with RawServer(failing("reset", heard, times=9)) as server, visiting() as visitor:
        seen = visitor.walk(step("look", server.url, retry=QUICK))
    assert (seen.outcome, seen.kind, len(heard)) == (Outcome.FAILED, FailureKind.CONNECT, 3)
    assert seen.failure.message.endswith("(attempt 3 of 3)")
    assert [exchange.attempt for exchange in seen.exchanges] == [1, 2, 3]


def test_a_connection_that_is_refused_is_tried_again_and_then_given_up() -> None:
    with RawServer(failing("closed", [])) as server:
        url = server.url
    with visiting() as visitor:
        seen = visitor.walk(step("look", url, retry=QUICK))
    assert (seen.kind, len(seen.exchanges)) == (FailureKind.CONNECT, 3)


@pytest.mark.parametrize(
    ("wait", "accepted"),
    [("0", 2), ("Mon, 23 Nov 2020 08:00:00 GMT", 2), ("3600", 1), ("99999999999999", 1), ("soon", 2)],
)
def test_a_target_that_throttles_is_never_asked_before_it_wishes(wait: str, accepted: int) -> None:
    asked: list[bytes] = []

    def script(connection: Connection) -> None:
        while said := connection.request():
            asked.append(said)
            busy = answer(b"", f"Retry-After: {wait}", status="429 Too Many Requests")
            connection.send(busy if len(asked) == 1 else answer(b"{}"))

    plan = Retry(2, 0.01, frozenset({RetryCause.TIMEOUT}), (StatusRange(429, 429),))
    with RawServer(script) as server, visiting() as visitor:
        seen = visitor.walk(step("look", server.url, retry=plan))
    assert len(asked) == accepted
    assert seen.outcome is (Outcome.PASSED if accepted == 2 else Outcome.FAILED)
