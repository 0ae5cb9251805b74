"""Encoded bodies: read when they are what they say, refused when they are not, in whatever pieces they come."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine.inflate import DecodeError, TooMuch, decoder
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import answer, saying
from tests.engine.transport.visit import visit
from tests.engine.world import expect, matcher

pytestmark = pytest.mark.usefixtures("either_way")

HELLO = b"hello, " * 50


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


GOOD = {
    "gzip": ("gzip", gzip.compress(HELLO)),
    "gzip by its old name": ("x-gzip", gzip.compress(HELLO)),
    "gzip in capitals": ("GZIP", gzip.compress(HELLO)),
    "gzip in two members": ("gzip", gzip.compress(HELLO[:100]) + gzip.compress(HELLO[100:])),
    "deflate": ("deflate", zlib.compress(HELLO)),
    "deflate without zlib's frame": ("deflate", bare_deflate(HELLO)),
    "identity": ("identity", HELLO),
    "identity and gzip": ("identity, gzip", gzip.compress(HELLO)),
}


@pytest.mark.parametrize(("coding", "body"), GOOD.values(), ids=GOOD.keys())
def test_an_encoded_body_is_read(coding: str, body: bytes) -> None:
    wanted = expect(text=(matcher({"equals": HELLO.decode()}),))
    seen = visit(saying(answer(body, f"Content-Encoding: {coding}")), expect=wanted)
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert seen.exchanges[0].received == len(body)


BAD = {
    "plain text labelled gzip": ("gzip", HELLO),
    "gzip cut short": ("gzip", gzip.compress(HELLO)[:-9]),
    "gzip without its checksum": ("gzip", gzip.compress(HELLO)[:-8]),
    "gzip with a wrong checksum": ("gzip", gzip.compress(HELLO)[:-8] + b"\0" * 8),
    "gzip with a flipped byte": ("gzip", gzip.compress(HELLO)[:12] + b"\xff" + gzip.compress(HELLO)[13:]),
    "garbage behind gzip": ("gzip", gzip.compress(HELLO) + b"garbage"),
    "deflate cut short": ("deflate", zlib.compress(HELLO)[:-5]),
    "garbage behind deflate": ("deflate", zlib.compress(HELLO) + b"garbage"),
    "gzip labelled deflate": ("deflate", gzip.compress(HELLO)),
    "deflate labelled gzip": ("gzip", zlib.compress(HELLO)),
    "brotli, which was not offered": ("br", b"\x0b\x02\x80hello\x03"),
    "zstd, which was not offered": ("zstd", b"\x28\xb5\x2f\xfd\x04\x00\x29\x00\x00hello"),
    "a coding nobody knows": ("rot13", b"uryyb"),
}


@pytest.mark.parametrize(("coding", "body"), BAD.values(), ids=BAD.keys())
def test_a_body_that_is_not_what_its_label_says_is_refused(coding: str, body: bytes) -> None:
    seen = visit(saying(answer(body, f"Content-Encoding: {coding}")))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.DECODE), seen.failure
    assert seen.failure.message.startswith("the body does not decode as its Content-Encoding says: ")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_an_empty_body_needs_no_decoding(coding: str) -> None:
    assert visit(saying(answer(b"", f"Content-Encoding: {coding}"))).outcome is Outcome.PASSED


def outcome_of(coding: str, pieces: list[bytes], room: int = 10_000) -> bytes | str:
    decoding = decoder(coding)
    assert decoding is not None
    decoded = b""
    try:
        for piece in pieces:
            decoded += decoding.feed(piece, room - len(decoded))
        decoding.finish()
    except (DecodeError, TooMuch) as error:
        return type(error).__name__
    return decoded


ENCODED = [(coding, body) for coding, body in (*GOOD.values(), *BAD.values()) if coding in {"gzip", "deflate"}]


@given(
    encoded=st.sampled_from(ENCODED),
    cuts=st.lists(st.integers(0, 90), max_size=12),
    room=st.sampled_from([50, 350, 999]),
)
def test_how_a_body_is_cut_into_pieces_changes_nothing(encoded: tuple[str, bytes], cuts: list[int], room: int) -> None:
    coding, body = encoded
    places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    pieces = [body[start:end] for start, end in pairwise(places)]
    whole = outcome_of(coding, [body], room)
    cut = outcome_of(coding, pieces, room)
    assert (whole == cut) or {whole, cut} == {"DecodeError", "TooMuch"}


@given(coding=st.sampled_from(["gzip", "deflate"]), body=st.binary(max_size=200))
def test_whatever_comes_is_decoded_or_refused(coding: str, body: bytes) -> None:
    found = outcome_of(coding, [body])
    assert isinstance(found, bytes) or found in {"DecodeError", "TooMuch"}
