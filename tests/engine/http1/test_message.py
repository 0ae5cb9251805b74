"""Answers of HTTP/1.1 from bytes: where they end, what is refused, and whether their connection may be kept."""

from __future__ import annotations

import pytest

from synthmon.engine.http1.message import Incoming
from synthmon.engine.limits import Limits
from synthmon.engine.reader import Reader
from synthmon.model.run import FailureKind

OK = b"HTTP/1.1 200 OK\r\n"
SIZED = OK + b"Content-Length: 2\r\n\r\nok"
CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


class Heard:
    """One answer, fed piece by piece."""

    def __init__(self, method: str = "GET", *, again: bool = False, limits: Limits | None = None) -> None:
        self.reader = Reader(limits or Limits())
        self.incoming = Incoming(self.reader)
        self.incoming.begin(method, again=again)

    def feed(self, *pieces: bytes) -> list[bool]:
        return [self.incoming.feed(piece) for piece in pieces]

    @property
    def refusal(self) -> tuple[FailureKind, str] | None:
        refused = self.reader.refused
        return None if refused is None else (refused.kind, refused.message)


@pytest.mark.parametrize("said", [SIZED, CHUNKS], ids=["length", "chunks"])
def test_an_answer_is_complete_with_its_last_byte_and_not_before(said: bytes) -> None:
    heard = Heard()
    assert heard.feed(*(said[at : at + 1] for at in range(len(said)))) == [False] * (len(said) - 1) + [True]
    assert (heard.reader.status, bytes(heard.reader.body), heard.incoming.keeps) == (200, b"ok", True)
    assert heard.incoming.version == "1.1"


def test_what_comes_behind_an_answer_ends_the_connection() -> None:
    heard = Heard()
    assert heard.feed(SIZED + b"x") == [True]
    assert (bytes(heard.reader.body), heard.incoming.keeps) == (b"ok", False)


def test_what_comes_behind_the_last_chunk_ends_the_connection_too() -> None:
    """libcurl throws it away and keeps the connection, over which the rest of it may be on its way."""
    heard = Heard()
    assert heard.feed(CHUNKS + b"HTTP/1.1 200 OK\r\n") == [True]
    assert (bytes(heard.reader.body), heard.incoming.keeps) == (b"ok", False)


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("HEAD", OK + b"Content-Length: 2\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n"),
    ],
)
def test_an_answer_without_a_body_is_complete_with_its_header(method: str, said: bytes) -> None:
    heard = Heard(method)
    assert heard.feed(said[:-1], said[-1:]) == [False, True]
    assert heard.incoming.keeps
    assert heard.reader.refused is None


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    heard = Heard()
    assert heard.feed(OK + b"\r\n", b"o", b"k") == [False] * 3
    assert heard.incoming.ended() is None
    assert (bytes(heard.reader.body), heard.incoming.keeps) == (b"ok", False)


ENDED = {
    b"": "the server closed the connection without an answer",
    b"HTTP/1.1 200": "the server closed the connection without an answer",
    b"HTTP/1.1 100 Continue\r\n\r\n": "the server closed the connection without an answer",
    SIZED[:-1]: "the answer ended before it was complete",
    CHUNKS[:-1]: "the answer ended before it was complete",
}


@pytest.mark.parametrize(("said", "message"), ENDED.items())
def test_an_end_too_early_is_told(said: bytes, message: str) -> None:
    heard = Heard()
    assert not any(heard.feed(*([said] if said else [])))
    assert heard.incoming.ended() is not None
    assert heard.refusal == (FailureKind.PROTOCOL, message)
    assert not heard.incoming.keeps


def test_a_connection_that_spoke_http_before_says_garbage_in_other_words() -> None:
    first, later = Heard(), Heard(again=True)
    assert first.feed(b"garbage") == later.feed(b"garbage") == [True]
    assert first.refusal == (FailureKind.PROTOCOL, "the answer is not HTTP/1.0, 1.1 or 2")
    assert later.refusal == (FailureKind.PROTOCOL, "the answer is not HTTP: Invalid status line")


@pytest.mark.parametrize(("length", "message"), [(102_399, "larger than 65536 bytes"), (102_400, "too large a header")])
def test_a_line_without_an_end_is_given_up_at_the_bound_of_libcurl(length: int, message: str) -> None:
    """A whole line of more than the limit of a header is refused by that limit."""
    line = OK + b"A:" + b"x" * (length - 4)
    heard = Heard()
    assert heard.feed(line)[-1:] == [False]
    assert heard.feed(b"\r\n\r\n") == [True]
    assert heard.refusal is not None
    assert (heard.refusal[0], message in heard.refusal[1]) == (FailureKind.TOO_LARGE, True)


def test_a_header_at_once_is_held_to_the_limits_as_one_in_pieces_is() -> None:
    said = OK + b"A: b\r\nB: c\r\nContent-Length: 2\r\n\r\nok"
    size = len(said) - 2
    for limits in (Limits(header_bytes=size), Limits(header_bytes=size - 1), Limits(header_fields=3)):
        whole, parted = Heard(limits=limits), Heard(limits=limits)
        assert whole.feed(said) == [True]
        assert any(parted.feed(said[:20], said[20:]))
        assert whole.refusal == parted.refusal
    refused = Heard(limits=Limits(header_fields=2))
    assert refused.feed(said) == [True]
    assert refused.refusal == (FailureKind.TOO_LARGE, "the header has more than 2 fields")


def test_an_answer_leaves_nothing_behind_for_the_next() -> None:
    heard = Heard("HEAD")
    heard.feed(b"HTTP/1.0 200 OK\r\nContent-Length: 7\r\n\r\n")
    heard.reader.begin()
    heard.incoming.begin("GET")
    assert heard.feed(SIZED) == [True]
    assert (heard.incoming.version, heard.incoming.keeps, bytes(heard.reader.body)) == ("1.1", True, b"ok")
