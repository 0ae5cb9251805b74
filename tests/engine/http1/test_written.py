"""Requests as bytes: what libcurl sends for the same request, which a server of plain sockets writes down."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine.built import request_of
from synthmon.engine.http1.written import written
from tests.engine.http1.libcurl import Libcurl

NAMES = st.sampled_from(
    ["X-A", "x-a", "Accept", "accept-encoding", "Content-Type", "Expect", "Connection", "Content-Length", "Host", "TE",
     "Transfer-Encoding", "Cookie", "Authorization", "Range", "Upgrade", "Proxy-Connection"]
)  # fmt: skip
VALUES = st.sampled_from(
    ["", "1", " ", "\t", " a ", "a b", "a:b", "a;", "é", "x" * 100, "keep-alive", "chunked", "gzip"]
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"])
BODIES = st.sampled_from([None, b"", b"x", b"\0\r\n", b"y" * 3000])
PARTS = st.sampled_from(
    ["a", "/", ".", "..", "%2e", "%2E%2e", "%2f", "%c3%a9", "é", " ", "+", "%", "%zz", "?", "&", "=", "#", ";", "[",
     "|", "^", "`", '"', "<", "\\", "~", "*", "(", ":", "@", "%25", "//", "{", "中", "'", "!", "$", ",", "]"]
)  # fmt: skip
TARGETS = st.lists(PARTS, max_size=8).map("/".join) | st.lists(PARTS, max_size=8).map("".join)


@pytest.fixture(scope="module")
def libcurl() -> Iterator[Libcurl]:
    with Libcurl() as started:
        yield started


@given(METHODS, TARGETS, st.lists(st.tuples(NAMES, VALUES), max_size=5), BODIES)
def test_a_request_is_written_as_libcurl_writes_it(
    libcurl: Libcurl, method: str, target: str, fields: list[tuple[str, str]], body: bytes | None
) -> None:
    """libcurl would add a User-Agent of its own where there is none; every request of ours has one."""
    header = [*((name.encode(), value.encode()) for name, value in fields), (b"User-Agent", b"synthmon")]
    request = httpx.Request(method, f"{libcurl.url}/{target}", headers=header, content=body)
    assert written(request) == libcurl.sent(request)


@given(METHODS, st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from([b"", b"abc"]))
def test_a_request_that_was_built_here_is_written_as_libcurl_writes_it(
    libcurl: Libcurl, method: str, fields: dict[str, str], body: bytes
) -> None:
    given = {name.lower().encode(): (name.encode(), value.encode()) for name, value in fields.items()}
    given[b"user-agent"] = (b"User-Agent", b"synthmon")
    request = request_of(method, httpx.URL(libcurl.url + "/a?b=c"), given, body)
    assert written(request) == libcurl.sent(request)


def test_a_request_looks_as_one_expects() -> None:
    request = httpx.Request("POST", "http://shop:8080/a?b#c", headers={"User-Agent": "s", "X-Empty": ""}, content=b"ok")
    header = b"Host: shop:8080\r\nUser-Agent: s\r\nX-Empty:\r\nAccept-Encoding: gzip, deflate\r\nContent-Length: 2"
    assert written(request) == b"POST /a?b HTTP/1.1\r\n" + header + b"\r\n\r\nok"


@pytest.mark.parametrize("odd", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb", "a\0b", "\n"])
def test_a_line_of_the_header_never_becomes_two(odd: str) -> None:
    for request in (
        httpx.Request("GET", "http://shop/", headers={"X-A": odd}),
        httpx.Request("GET", "http://shop/", headers={"Host": odd}),
        httpx.Request("GET", "http://shop/", headers={odd: "a"}),
        httpx.Request(odd, "http://shop/"),
    ):
        with pytest.raises(ValueError, match="a line end or a zero byte"):
            written(request)
