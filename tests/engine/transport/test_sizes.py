"""What a target sends is bounded: headers, bodies, and what a small body unfolds to."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from synthmon.engine.limits import Limits
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, Script, answer, saying
from tests.engine.transport.visit import Seen, visit, visiting
from tests.engine.world import step

pytestmark = pytest.mark.usefixtures("either_way")

MIB = 1024 * 1024


def flooding(start: bytes, piece: bytes) -> Script:
    """Begins an answer and never ends it."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(start)
        while not connection.gone(0):
            connection.send(piece)

    return script


ENDLESS = {
    "a body without a length": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
    "a body in chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"10000\r\n" + b"x" * 65536 + b"\r\n",
    ),
    "a body of an immense length": (answer(length=2**40), b"x" * 65536),
}
ENDLESS_HEADERS = {
    "header fields": (b"HTTP/1.1 200 OK\r\n", b"X-Flood: y\r\n" * 1000),
    "one header field": (b"HTTP/1.1 200 OK\r\nX-Flood: ", b"y" * 65536),
    "a status line": (b"HTTP/1.1 200 ", b"O" * 65536),
    "a folded header field": (b"HTTP/1.1 200 OK\r\nX-Flood: y\r\n", b" folded on\r\n" * 1000),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Flood: y\r\n" * 1000),
}


def measured(script: Script) -> tuple[Seen, float]:
    """A run, and the most MiB of Python's memory that it took beyond what was there."""
    with RawServer(script) as server, visiting() as visitor:
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            seen = visitor.walk(step("visit", server.url, timeout=5.0))
            grown = (tracemalloc.get_traced_memory()[1] - before) / MIB
        finally:
            tracemalloc.stop()
    return seen, grown


@pytest.mark.parametrize(("start", "piece"), ENDLESS.values(), ids=ENDLESS.keys())
def test_an_endless_body_is_broken_off_at_the_limit(start: bytes, piece: bytes) -> None:
    seen, grown = measured(flooding(start, piece))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TOO_LARGE)
    assert seen.failure.message == f"more than {Limits().wire_bytes} bytes of body came"
    assert grown < 10


@pytest.mark.parametrize(("start", "piece"), ENDLESS_HEADERS.values(), ids=ENDLESS_HEADERS.keys())
def test_an_endless_header_is_broken_off_at_the_limit(start: bytes, piece: bytes) -> None:
    seen, grown = measured(flooding(start, piece))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TOO_LARGE), seen.failure
    assert grown < 4


def test_a_hundred_thousand_header_fields_are_refused_by_their_number() -> None:
    fields = "".join(f"X-{number}: y\r\n" for number in range(300)).encode()
    seen = visit(saying(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 0\r\n\r\n"))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TOO_LARGE)
    assert seen.failure.message == "the header has more than 200 fields"


def test_a_body_exactly_as_large_as_allowed_is_read() -> None:
    limits = Limits(wire_bytes=50_000)
    assert visit(saying(answer(b"x" * 50_000)), limits=limits).outcome is Outcome.PASSED
    assert visit(saying(answer(b"x" * 50_001)), limits=limits).kind is FailureKind.TOO_LARGE


def bomb(mib: int) -> bytes:
    return gzip.compress(b"\0" * (mib * MIB), 9)


BOMBS = {
    "gzip": ("gzip", bomb(32)),
    "deflate": ("deflate", zlib.compress(b"\0" * (32 * MIB), 9)),
    "many members": ("gzip", gzip.compress(b"\0" * MIB, 9) * 32),
    "ten thousand empty members": ("gzip", gzip.compress(b"") * 10_000),
}


@pytest.mark.parametrize(("coding", "body"), BOMBS.values(), ids=BOMBS.keys())
def test_a_body_that_unfolds_without_measure_is_broken_off(coding: str, body: bytes) -> None:
    seen, grown = measured(saying(answer(body, f"Content-Encoding: {coding}")))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TOO_LARGE), seen.failure
    assert grown < 12
    assert seen.took < 2.0


@pytest.mark.parametrize("header", ["gzip, gzip", "gzip, deflate, gzip", "deflate, gzip, identity"])
def test_a_body_that_is_encoded_more_than_once_is_refused(header: str) -> None:
    body = gzip.compress(gzip.compress(b"hello"))
    seen = visit(saying(answer(body, f"Content-Encoding: {header}")))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TOO_LARGE)


def test_ten_codings_in_ten_headers_are_refused() -> None:
    seen = visit(saying(answer(b"x", *["Content-Encoding: gzip"] * 10)))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TOO_LARGE)


def test_an_honest_page_that_compresses_well_is_read() -> None:
    seen = visit(saying(answer(gzip.compress(b"[" + b"0," * 400_000 + b"0]"), "Content-Encoding: gzip")))
    assert seen.outcome is Outcome.PASSED
