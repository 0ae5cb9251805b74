"""Requests and answers that hold pairs of bytes are those of httpx, and say the same in the same order."""

from __future__ import annotations

import gzip
from typing import cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine.address import address
from synthmon.engine.built import (
    Fields,
    Received,
    copied,
    dropped,
    pairs_of,
    put,
    request_of,
    value_of,
)
from synthmon.engine.outlet import handle_of

NAMES = ("Accept", "Content-Length", "Cookie", "HOST", "X-One", "x-two", "Authorization")
VALUES = st.sampled_from((b"", b"1", "grün".encode(), b"a, b"))
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
CHANGES = st.lists(st.tuples(st.sampled_from((*NAMES, "accept", "cookie")), st.none() | VALUES), max_size=5)


@given(
    st.sampled_from(("GET", "HEAD", "POST", "PUT", "DELETE")),
    st.sampled_from(("http://a.example/x?y=1", "https://b.example:8443/", "http://[::1]:80/z")),
    FIELDS,
    st.sampled_from((b"", b"{}", b"\0" * 11)),
    CHANGES,
    st.booleans(),
)
def test_a_request_is_what_httpx_makes_of_the_same_parts_also_after_fields_were_written_and_dropped(
    method: str,
    url: str,
    written: dict[str, bytes],
    content: bytes,
    changes: list[tuple[str, bytes | None]],
    seen: bool,
) -> None:
    pairs = [(name.encode(), value) for name, value in written.items()]
    theirs = httpx.Request(method, url, headers=pairs, content=content or None)
    theirs.headers.encoding = "utf-8"
    fields: Fields = {name.lower(): (name, value) for name, value in pairs}
    ours = request_of(method, httpx.URL(url), fields, content)
    if seen:
        assert ours.headers.raw == theirs.headers.raw
    for name, value in changes:
        if value is None:
            theirs.headers.pop(name, None)
            dropped(ours, name.lower().encode())
        else:
            theirs.headers[name] = value.decode()
            put(ours, name.encode(), value)
        assert value_of(ours, name.lower().encode()) == value
    assert pairs_of(ours) == theirs.headers.raw == ours.headers.raw == pairs_of(ours)
    assert (ours.method, ours.url, ours.content, ours.read()) == (method, theirs.url, content, content)
    assert b"".join(cast("httpx.ByteStream", ours.stream)) == content


def test_what_was_written_into_one_sending_is_not_in_the_next() -> None:
    kept = request_of("POST", httpx.URL("http://a.example/"), {}, b"x", {"mark": 1})
    first = copied(kept)
    put(first, b"Authorization", b"Bearer 1")
    first.extensions["mark"] = 2
    again = copied(kept)
    assert value_of(again, b"authorization") is None
    assert again.extensions == {"mark": 1}
    assert again.content == b"x"


def test_a_transport_of_somebody_else_is_handed_a_request_of_httpx_and_what_it_notes_there_is_seen() -> None:
    taken: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        taken.append(request)
        request.extensions["seen"] = True
        return httpx.Response(204)

    fields: Fields = {b"x-one": (b"X-One", b"1"), b"cookie": (b"cookie", "grün".encode())}
    ours = request_of("PUT", address("http://a.example:8080/x?y=1"), fields, b"{}", {"mark": 2})
    assert handle_of(httpx.MockTransport(handler))(ours).status_code == 204
    [theirs] = taken
    assert type(theirs) is httpx.Request
    assert (theirs.method, theirs.url, theirs.read()) == ("PUT", httpx.URL("http://a.example:8080/x?y=1"), b"{}")
    assert theirs.headers.raw == pairs_of(ours)
    assert ours.extensions == {"mark": 2, "seen": True}


def test_an_answer_is_read_as_one_of_httpx() -> None:
    request = httpx.Request("GET", "http://a.example/")
    fields = [(b"Content-Type", b"text/plain; charset=latin-1"), (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2")]
    answer = Received(418, fields, "ä".encode("latin-1"), request, {})
    assert (answer.status_code, answer.text, answer.read()) == (418, "ä", b"\xe4")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert pairs_of(answer) == fields
    assert (answer.request, answer.history, answer.is_closed, answer.is_error) == (request, [], True, True)
    assert b"".join(answer.iter_bytes()) == b"\xe4"
    with pytest.raises(httpx.HTTPStatusError):
        answer.raise_for_status()


def test_whatever_httpx_knows_of_its_own_can_be_asked_of_ours() -> None:
    request = request_of("GET", httpx.URL("http://a.example/"), {}, b"")
    answer = Received(200, [], b"", request, {})
    for ours, theirs in ((request, httpx.Request("GET", "http://a.example/")), (answer, httpx.Response(200))):
        assert [name for name in dir(theirs) if not name.startswith("_") and name not in dir(ours)] == []


def test_an_answer_of_somebody_elses_transport_is_one_of_ours_read_and_decoded() -> None:
    packed, fields = gzip.compress(b"much"), [(b"Content-Encoding", b"gzip"), (b"X-One", b"1")]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=fields, stream=httpx.ByteStream(packed)))
    asked = request_of("GET", httpx.URL("http://a.example/"), {}, b"")
    answer = handle_of(transport)(asked)
    assert (answer.content, answer.names) == (b"much", frozenset((b"content-encoding", b"x-one")))
    assert answer.request is asked
    assert pairs_of(answer) == fields
