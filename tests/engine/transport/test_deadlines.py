"""However slowly a target talks, the exchange is over when its time is."""

from __future__ import annotations

import pytest

from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import PATIENCE, Connection, RawServer, Script, answer, chunked, saying
from tests.engine.transport.visit import visit
from tests.engine.transport.ways import OWN_SOCKETS, only
from tests.engine.world import request

pytestmark = pytest.mark.usefixtures("either_way")

SHORT = 0.5  # seconds


def slow_first_byte(after: float) -> Script:
    def script(connection: Connection) -> None:
        connection.request()
        if not connection.gone(after):
            connection.send(answer(b"late"))

    return script


def test_a_first_byte_just_in_time_passes() -> None:
    seen = visit(slow_first_byte(0.3), timeout=1.5)
    assert seen.outcome is Outcome.PASSED
    assert (seen.step.phases.first_byte or 0) >= 0.29


def test_a_first_byte_beyond_the_budget_degrades_and_names_the_wait() -> None:
    seen = visit(slow_first_byte(0.3), timeout=3.0, latency_budget=0.1)
    assert (seen.outcome, seen.kind) == (Outcome.DEGRADED, FailureKind.BUDGET)
    assert "waiting for the first byte took" in seen.failure.message


def test_a_first_byte_too_late_fails() -> None:
    seen = visit(slow_first_byte(2.0), timeout=SHORT)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
    assert "while waiting for the first byte" in seen.failure.message


def dripping(first: bytes, rest: bytes) -> Script:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(first)
        connection.drip(rest, every=0.05)

    return script


@only(OWN_SOCKETS)
@pytest.mark.parametrize(
    ("first", "rest", "phase"),
    [
        (b"H", b"TTP/1.1 200 OK".ljust(100), "first_byte"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Long: " + b"y" * 100, "transfer"),
        (answer(length=1000), b"z" * 100, "transfer"),
        (chunked(end=b""), b"1\r\nz\r\n" * 20, "transfer"),
    ],
    ids=["status line", "header", "body", "chunks"],
)
def test_an_answer_that_comes_byte_by_byte_ends_at_the_total_time(first: bytes, rest: bytes, phase: str) -> None:
    """An answer counts as begun with its first whole line."""
    seen = visit(dripping(first, rest), timeout=SHORT)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
    assert seen.failure.detail == phase


@only(OWN_SOCKETS)
def test_a_gigabyte_that_is_announced_and_never_sent_is_a_timeout() -> None:
    seen = visit(saying(answer(length=2**30), then=Connection.hold), timeout=SHORT)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)


@only(OWN_SOCKETS)
def test_chunks_that_never_end_are_a_timeout() -> None:
    seen = visit(saying(chunked(b"more", end=b""), then=Connection.hold), timeout=SHORT)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)


def test_a_target_that_does_not_read_the_request_holds_nobody_up() -> None:
    def deaf(connection: Connection) -> None:
        connection.stopped.wait(PATIENCE)

    with RawServer(deaf) as server:
        seen = visit(server, request=request("POST", server.url, raw="x" * 20_000_000), timeout=SHORT)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
    assert "while the request was sent" in seen.failure.message
