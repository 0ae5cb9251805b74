"""Answers that break HTTP, or bend it: what is refused, what is understood, and that nothing carries over."""

from __future__ import annotations

import pytest

from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, answer, chunked, saying
from tests.engine.transport.visit import send, visit, visiting
from tests.engine.transport.ways import OWN_SOCKETS, only
from tests.engine.world import expect, request, step

pytestmark = pytest.mark.usefixtures("either_way")

GARBAGE = {
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/0.9": b"<html>hello</html>",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "status 999": answer(status="999 Odd"),
    "status 600": answer(status="600 Odd"),
    "status 000": answer(status="000 Odd"),
    "a major version of the future": answer(version="7.0"),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a frame of HTTP/2": b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "zero bytes": b"\0" * 64,
    "a zero byte in a header": b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a header that never ends": b"HTTP/1.1 200 OK\r\nX-A: b\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("said", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_answer_is_a_failure_of_protocol(said: bytes) -> None:
    seen = visit(saying(said))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL), seen.failure
    assert seen.failure.message.isprintable()


CHUNKS = {
    "a size that is no number": b"zz\r\nabc\r\n0\r\n\r\n",
    "a negative size": b"-5\r\nabc\r\n0\r\n\r\n",
    "a size beyond 64 bits": b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "no line end behind a chunk": b"3\r\nabcX0\r\n\r\n",
    "an end in the middle of a chunk": b"50\r\nabc",
    "an end before the last chunk": b"3\r\nabc\r\n",
}


@pytest.mark.parametrize("said", CHUNKS.values(), ids=CHUNKS.keys())
def test_chunks_that_are_none_are_a_failure_of_protocol(said: bytes) -> None:
    seen = visit(saying(chunked(end=said)))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL), seen.failure


def test_a_hundred_thousand_chunks_of_one_byte_are_read_without_a_fuss() -> None:
    seen = visit(saying(chunked(*[b"x"] * 100_000)), timeout=5.0)
    assert seen.outcome is Outcome.PASSED
    assert seen.exchanges[0].received == 100_000


@only(OWN_SOCKETS)
def test_an_endless_extension_of_a_chunk_ends_with_the_time() -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(chunked(end=b"3;x="))
        while not connection.gone(0):
            connection.send(b"y" * 65536)

    seen = visit(script, timeout=0.5)
    assert seen.outcome is Outcome.FAILED
    assert seen.kind in {FailureKind.TIMEOUT, FailureKind.PROTOCOL, FailureKind.TOO_LARGE}


def test_trailers_are_not_taken_for_headers() -> None:
    with (
        RawServer(saying(chunked(b"x", end=b"0\r\nX-Trailer: evil\r\nHTTP/1.1 500 x: y\r\n\r\n"))) as server,
        visiting() as visitor,
    ):
        response = send(visitor.transport, "GET", server.url)
    assert response.status_code == 200
    assert response.headers["transfer-encoding"] == "chunked"
    assert "x-trailer" not in response.headers


def test_trailers_of_an_empty_body_are_not_taken_for_headers_either() -> None:
    with (
        RawServer(saying(chunked(end=b"0\r\nX-Trailer: evil\r\nHTTP/1.1 500 x: y\r\n\r\n"))) as server,
        visiting() as visitor,
    ):
        response = send(visitor.transport, "GET", server.url)
    assert response.status_code == 200
    assert "x-trailer" not in response.headers


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    seen = visit(saying(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold but good"))
    assert seen.outcome is Outcome.PASSED
    assert (seen.exchanges[0].received, seen.exchanges[0].http_version) == (12, "1.0")


def test_an_empty_reason_is_fine() -> None:
    seen = visit(saying(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"))
    assert seen.outcome is Outcome.PASSED
    assert seen.exchanges[0].http_version == "1.1"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length"),
        ("Content-Length: 5, 6\r\n", "Content-Length"),
        ("Content-Length: -5\r\n", "Content-Length"),
        ("Content-Length: five\r\n", "Content-Length"),
        ("Content-Length: +5\r\n", "Content-Length"),
        ("Content-Length: 99999999999999999999999\r\n", "Content-Length"),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "both"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "both"),
    ],
)
def test_a_length_that_contradicts_itself_is_refused(lines: str, message: str) -> None:
    seen = visit(saying(f"HTTP/1.1 200 OK\r\n{lines}\r\n5\r\nhello\r\n0\r\n\r\n".encode()))
    assert seen.outcome is Outcome.FAILED
    assert seen.kind in {FailureKind.PROTOCOL, FailureKind.TOO_LARGE}, seen.failure
    assert message in seen.failure.message


def test_a_length_given_twice_alike_is_one_length() -> None:
    seen = visit(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"))
    assert seen.outcome is Outcome.PASSED


def test_a_body_shorter_than_its_length_is_refused() -> None:
    seen = visit(saying(answer(b"half", length=8)))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL)
    assert seen.failure.message == "the answer ended before it was complete"
    assert seen.exchanges[0].received == 4


def test_what_comes_beyond_the_length_is_ignored_and_the_connection_is_not_used_again() -> None:
    """As much is read as was announced, and nothing is said of more; the excess must not answer the next request."""

    def script(connection: Connection) -> None:
        if connection.request():
            connection.send(answer(b"ok") + answer(b"smuggled", "X-Evil: 1"))
        if connection.request():
            connection.send(answer(b"honest"))

    with RawServer(script) as server, visiting() as visitor:
        seen = visitor.walk(step("first", server.url), step("second", server.url, expect=expect(headers=NOT_EVIL)))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert [exchange.received for exchange in seen.exchanges] == [2, 2]
    assert [exchange.reused for exchange in seen.exchanges] == [False, False]


NOT_EVIL = {"X-Evil": {"exists": False}}


def interim(count: int, status: str = "102 Processing") -> bytes:
    return f"HTTP/1.1 {status}\r\n\r\n".encode() * count


@pytest.mark.parametrize("said", [interim(1, "100 Continue"), interim(1, "103 Early Hints"), interim(20)])
def test_interim_answers_are_passed_over(said: bytes) -> None:
    seen = visit(saying(said + answer(b"at last")))
    assert seen.outcome is Outcome.PASSED
    assert (seen.step.status, seen.exchanges[0].received) == (200, 7)


@pytest.mark.parametrize("status", ["100 Continue", "103 Early Hints", "102 Processing"])
def test_a_flood_of_interim_answers_is_refused(status: str) -> None:
    seen = visit(saying(interim(1000, status) + answer(b"at last")))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL)
    assert seen.failure.message == "more than 20 interim answers (1xx)"


def test_headers_of_an_interim_answer_are_not_those_of_the_answer() -> None:
    said = b"HTTP/1.1 103 Early Hints\r\nX-Evil: 1\r\n\r\n" + answer(b"ok")
    assert visit(saying(said), expect=expect(headers=NOT_EVIL)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("method", "status"), [("GET", "204 No Content"), ("GET", "304 Not Modified"), ("HEAD", "200 OK")]
)
def test_a_body_where_none_may_be_is_ignored_and_poisons_nothing(method: str, status: str) -> None:
    def script(connection: Connection) -> None:
        while connection.request():
            connection.send(answer(b"HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n", status=status))

    accepted = expect(int(status[:3]))
    with RawServer(script) as server, visiting() as visitor:
        seen = visitor.walk(*(step(name, server.url, method, expect=accepted) for name in ("first", "second")))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert [exchange.received for exchange in seen.exchanges] == [0, 0]
    assert [exchange.reused for exchange in seen.exchanges] == [False, False]


def test_a_connection_closed_without_an_answer_says_so() -> None:
    seen = visit(saying(b""))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL)
    assert seen.failure.message == "the server closed the connection without an answer"


def test_a_server_that_closes_its_half_after_the_answer_has_answered() -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"bye"))
        connection.finish()
        connection.hold()

    assert visit(script).outcome is Outcome.PASSED


def test_an_answer_that_comes_before_the_request_is_sent_is_the_answer() -> None:
    def early(connection: Connection) -> None:
        connection.beginning(1000)
        connection.send(answer(b"too much", "Connection: close", status="413 Content Too Large"))
        connection.finish()
        connection.hold()  # swallows what is still under way

    with RawServer(early) as server:
        upload = request("POST", server.url, raw="x" * 3_000_000)
        assert visit(server, request=upload, expect=expect(413)).outcome is Outcome.PASSED
        refused = visit(server, request=upload)
    assert (refused.outcome, refused.kind) == (Outcome.FAILED, FailureKind.STATUS)
    assert refused.took < 1.5
