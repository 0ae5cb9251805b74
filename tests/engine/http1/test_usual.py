"""What is found of an answer at one go is what is found line by line, and a usual answer is found at one go."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synthmon.engine.http1 import usual as remembered
from synthmon.engine.http1.exchange import KEPT, Exchange
from synthmon.engine.http1.line import Line
from synthmon.engine.http1.message import Incoming
from synthmon.engine.http1.usual import usual
from synthmon.engine.limits import Limits
from synthmon.engine.reader import Reader
from tests.depth import times
from tests.engine.http1.strange import answers

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Empty:\r\nContent-Length: 2"
LIMITS = [Limits(), Limits(wire_bytes=1), Limits(header_bytes=40), Limits(header_fields=1)]


class Spoken(Line):
    """A line over which an answer came; nothing is asked of its socket."""

    def __init__(self) -> None:
        self.address, self.fallback, self.unsent, self.used = "127.0.0.1:80", False, None, True


def exchange() -> Exchange:
    made = Exchange(Spoken(), KEPT)
    made.begun = made.sent = 10.0
    made.first = made.last = 10.25
    return made


@settings(max_examples=times(200))
@given(answers(), st.sampled_from(["GET", "POST", "HEAD"]), st.sampled_from(LIMITS))
@example(HEAD + b"\r\n\r\nok", "GET", LIMITS[0])
@example(HEAD + b"\r\nConnection: Close\r\n\r\nok", "GET", LIMITS[0])
@example(HEAD + b"\r\nX: a\x7fb\r\nY\x80: \xff\r\n\r\nok", "GET", LIMITS[0])
@example(HEAD.replace(b"OK", b"") + b"\r\n\r\nok", "GET", LIMITS[0])
@example(HEAD.replace(b"2", b"1" * 19) + b"\r\n\r\nok", "GET", LIMITS[0])
def test_an_answer_taken_whole_is_what_reading_it_finds(said: bytes, method: str, limits: Limits) -> None:
    for _ in range(2):  # its lines are new, and then known
        found = exchange()
        whole = found.whole(said, method, limits)
        if whole is None:
            return
        reader = Reader(limits)
        incoming = Incoming(reader)
        incoming.begin(method, again=True)
        assert incoming.feed(said)
        reader.finish()
        status, fields, body, closes, names = whole
        assert reader.refused is None
        assert (status, fields, body) == (reader.status, reader.headers, bytes(reader.body))
        assert (not closes, names) == (incoming.keeps, frozenset(name.lower() for name, _ in fields))
        assert found.wire_at_once(len(body)) == found.wire(incoming, reader, over=True)


@pytest.mark.parametrize(
    "more", [b"", b"\r\nConnection: keep-alive", b"\r\nDate: Sat, 28 Nov 2026 08:00:00 GMT\r\nSet-Cookie: a=b"]
)
def test_a_usual_answer_is_taken_whole(more: bytes) -> None:
    assert exchange().whole(HEAD + more + b"\r\n\r\nok", "GET", Limits()) is not None


def test_whoever_says_more_than_is_remembered_is_understood_all_the_same() -> None:
    for number in range(1100):
        found = usual(b"HTTP/1.1 200 %d\r\nX-%d: y\r\nContent-Length: 0" % (number, number))
        names = frozenset({b"x-%d" % number, b"content-length"})
        assert found == (200, [(b"X-%d" % number, b"y"), (b"Content-Length", b"0")], 0, False, names)


def test_what_is_sent_back_to_a_session_is_not_remembered() -> None:
    """It is said to one run; the next one has nothing to do with it."""
    assert usual(HEAD + b"\r\nSet-Cookie: session=0123456789\r\nLocation: /a?token=0123456789") is not None
    known = [line for line in remembered._LINES if b"0123456789" in line]
    assert known == []
