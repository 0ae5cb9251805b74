"""Answers as nobody should send them: nearly right ones, cut short, mutated, and followed by more."""

from __future__ import annotations

import gzip

from hypothesis import strategies as st

FIELDS = [
    b"A: b", b"Server: x", b"Content-Type: text/plain", b"Set-Cookie: a=b; c", b"X-Empty:", b"A : b", b": b",
    b"X:   y  ", b"Connection: close", b"Connection: keep-alive", b"connection: Close, x",
    b"Connection: close foo", b"Connection: ,close", b"Connection: x,,close", b"Connection: keep-alive\tclose",
    b"Connection: upgrade", b" folded", b"\tfolded: x", b"no colon", b"Content-Encoding: gzip",
    b"Content-Encoding: identity", b"Transfer-Encoding: identity", b"Transfer-Encoding:",
    b"Transfer-Encoding: gzip, chunked", b"HTTP/1.1 500 x: y", b"HTTP/x: y", b"X: \xff\x80", b"X: \x0b\x0c ",
    b"X:\ty\t", b"Content-Length: 2", b"Transfer-Encoding: chunked", b"transfer-encoding:a\xffb ",
]  # fmt: skip
STATUS = [
    b"HTTP/1.0 200 OK", b"HTTP/1.1 404 Not Found", b"HTTP/1.1 204 No", b"HTTP/1.1 304 N", b"HTTP/1.1 500 ",
    b"HTTP/1.1 500", b"HTTP/1.1 302 F", b"HTTP/2 200", b"HTTP/2 200 OK", b"HTTP/1.1 600 X", b"http/1.1 200 OK",
    b"HTTP/1.1 101 S", b"HTTP/1.1 201\t", b"HTTP/1.0 100 C", b"HTTP/1.1 205 R", b"HTTP/1.1 200  OK ",
    b"HTTP/1.1  200 OK", b"HTTP/9 200 OK",
]  # fmt: skip
INTERIM = [b"HTTP/1.1 100 C", b"HTTP/1.1 103 E", b"HTTP/1.1 100", b"HTTP/1.0 102 X"]
LENGTHS = [b"Content-Length: %d"] * 6 + [
    b"content-length:%d", b"CONTENT-LENGTH:  %d ", b"Content-Length: 0%d", b"Content-Length: %d, 2",
    b"Content-Length: +%d", b"Content-Length:\r\n %d",
]  # fmt: skip
CHUNKED = [b"Transfer-Encoding: chunked"] * 6 + [
    b"transfer-encoding:Chunked ", b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: chunked, x",
]  # fmt: skip
BODIES = [b"", b"ok", b"hello world", b'{"a": 1}', gzip.compress(b"hello", mtime=0)]
TRAILERS = [b"T: v", b"T:", b"bad"]
SPLINTERS = [b"\r", b"\n", b" ", b"\0", b":", b"\t", b"x", b"0", b"\xff", b",", b"\r\n", b"-", b"H", b";", b"\x85"]

_usual_end = st.just(b"\r\n")
_odd_end = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r\r\n", b"\r", b"\r\n ", b"\n\n", b"\r\n\t"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Bytes that a server sends and then closes."""
    said = draw(_whole())
    kind = draw(st.sampled_from(["whole", "whole", "cut", "mutated", "mutated", "followed"]))
    if kind == "cut":
        return said[: draw(st.integers(0, len(said)))]
    if kind == "followed":
        return said + draw(st.sampled_from([b"x", b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]))
    if kind == "mutated":
        for _ in range(draw(st.sampled_from([1, 1, 2]))):
            said = _mutated(draw, said)
    return said


def _mutated(draw: st.DrawFn, said: bytes) -> bytes:
    at = draw(st.integers(0, len(said)))
    splinter = draw(st.sampled_from(SPLINTERS) | st.binary(min_size=1, max_size=1))
    return said[:at] + draw(st.sampled_from([b"", splinter])) + said[at + draw(st.integers(0, 1)) :]


@st.composite
def _whole(draw: st.DrawFn) -> bytes:
    end = draw(st.sampled_from([_usual_end, _usual_end, _odd_end]))

    def lines(of: list[bytes], most: int) -> bytes:
        chosen = draw(st.lists(st.sampled_from(of), max_size=most))
        return b"".join(line + draw(end) for line in chosen)

    said = b"".join(
        draw(st.sampled_from(INTERIM)) + draw(end) + lines([*FIELDS[:10], b"Content-Length: 3"], 1) + draw(end)
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
    )
    body, known = draw(st.sampled_from(BODIES)), draw(st.sampled_from([FIELDS[:10], FIELDS]))
    before, after, framing = lines(known, 2), lines(known, 2), b""
    how = draw(st.sampled_from(["length", "length", "chunks", "chunks", "end"]))
    if how == "length":
        length = max(0, len(body) + draw(st.sampled_from([0] * 8 + [1, -1, 3])))
        framing = draw(st.sampled_from(LENGTHS)) % length + draw(end)
    elif how == "chunks":
        framing = draw(st.sampled_from(CHUNKED)) + draw(end)
        body = _chunks(draw, body, end) + lines(TRAILERS, 2) + draw(end)
    status = draw(st.sampled_from([b"HTTP/1.1 200 OK"]) | st.sampled_from(STATUS))
    return said + status + draw(end) + before + framing + after + draw(end) + body


def _chunks(draw: st.DrawFn, body: bytes, end: st.SearchStrategy[bytes]) -> bytes:
    extension = st.sampled_from([b"", b"", b"", b";a=b", b" ", b"\t"])
    coded, at = b"", 0
    while at < len(body):
        piece = body[at : at + draw(st.integers(1, 8))]
        at += len(piece)
        size = draw(st.sampled_from([b"%x", b"%X", b"0%x"])) % len(piece)
        coded += size + draw(extension) + draw(end) + piece + draw(end)
    return coded + draw(st.sampled_from([b"0", b"0", b"00"])) + draw(extension) + draw(end)


@st.composite
def pieces(draw: st.DrawFn, said: bytes) -> list[bytes]:
    """The same bytes as they may arrive."""
    cuts = sorted(draw(st.sets(st.integers(0, len(said)), max_size=6)))
    return [piece for start, end in zip([0, *cuts], [*cuts, len(said)], strict=True) if (piece := said[start:end])]
