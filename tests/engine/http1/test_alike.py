"""Strange answers are taken for what libcurl takes them for, whatever the pieces in which they come."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine.http1.message import Incoming
from synthmon.engine.limits import Limits
from synthmon.engine.reader import Reader
from synthmon.model.run import FailureKind
from tests.depth import times
from tests.engine.http1.libcurl import Libcurl, Understood
from tests.engine.http1.strange import answers, pieces


@pytest.fixture(scope="module")
def libcurl() -> Iterator[Libcurl]:
    with Libcurl() as started:
        yield started


def understood(arriving: list[bytes], method: str = "GET") -> Understood:
    """By us, when the server closes behind the last piece."""
    reader = Reader(Limits())
    incoming = Incoming(reader)
    incoming.begin(method)
    complete = any(incoming.feed(piece) for piece in arriving)
    if not complete:
        assert incoming.ended() is reader.refused
    if reader.refused is None:
        reader.finish()
    version = incoming.version if reader.began else None
    if reader.refused is not None:
        return Understood(None, reader.refused, version, reader.received)
    bodiless = method == "HEAD" or reader.status in {204, 304}
    answer = (reader.status, reader.headers, b"" if bodiless else bytes(reader.body))
    return Understood(answer, None, version, reader.received, incoming.keeps if complete else None)


def is_alike(ours: Understood, theirs: Understood, said: bytes) -> bool:
    if ours.keeps is None or theirs.keeps is None:  # ended with the connection, which nobody keeps
        undecodable = ours.failure is not None and ours.failure.kind is FailureKind.DECODE
        return _known(ours) == _known(theirs) and (undecodable or ours.received == theirs.received)
    if theirs.keeps and not ours.keeps and b"hunked" in said:
        return _known(ours) == _known(theirs)  # see test_what_comes_behind_the_last_chunk
    return ours == theirs


def _known(one: Understood) -> tuple[object, ...]:
    return one.answer, one.failure, one.version


ODD_TRAILERS = {"Failed reading the chunked-encoded stream", "Invalid response header"}


@settings(max_examples=times(50))
@given(answers(), st.sampled_from(["GET", "GET", "GET", "HEAD"]))
def test_a_strange_answer_is_taken_for_what_libcurl_takes_it_for(libcurl: Libcurl, said: bytes, method: str) -> None:
    ours, theirs = understood([said], method), libcurl.understands(said, method)
    if theirs.failure is not None and theirs.failure.detail in ODD_TRAILERS and b"hunked" in said:
        assert ours.failure is not None  # a trailer that begins with a blank is refused by libcurl in many words
        assert ours.failure.kind is FailureKind.PROTOCOL
    else:
        assert is_alike(ours, theirs, said)


@settings(max_examples=times(50))
@given(st.data(), answers(), st.sampled_from(["GET", "GET", "HEAD"]))
def test_the_pieces_in_which_an_answer_comes_make_no_difference(data: st.DataObject, said: bytes, method: str) -> None:
    """But to what is noticed of more bytes behind it, and to how much of a body came before it could not be decoded."""
    whole = understood([said], method)
    for arriving in (data.draw(pieces(said)), [said[at : at + 1] for at in range(len(said))]):
        parted = understood(arriving, method)
        assert _known(parted) == _known(whole)
        if whole.failure is None or whole.failure.kind is not FailureKind.DECODE:
            assert parted.received == whole.received
