"""An address that is read here is the one that httpx reads, in all that anybody asks of it."""

from __future__ import annotations

import re

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine.address import Plain, address, joined

HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9.-]{1,12}", fullmatch=True),
    st.sampled_from(["shop.example", "127.0.0.1", "1.2.3", "1.2.3.999", "01.2.3.4", "[::1]", "xn--bcher-kva.example"]),
    st.sampled_from(["Shop.Example", "bücher.example", "a_b", "x--y", "-a", "a.", "", "a@b", "user:word@b", "%41"]),
)
PORTS = st.sampled_from(["", ":", ":80", ":443", ":8080", ":080", ":65535", ":99999", ":x", ":0"])
PARTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["/", "//", "/.", "/..", "/a", "/a.b", "%20", "%2f", "%", "%zz", "a:b", "@", "ü", " ", "?", "#"]
        ),
        st.text("abz019-._~!$&'()*+,;=:@/?%|\\^`{}[]<>\"", max_size=6),
    ),
    max_size=5,
).map("".join)
TEXTS = st.builds(
    "{}{}{}{}".format, st.sampled_from(["http://", "https://", "HTTP://", "ftp://", ""]), HOSTS, PORTS, PARTS
)
ASKED = ("scheme", "host", "raw_host", "port", "netloc", "raw_path", "path", "query", "fragment", "userinfo", "params")


def said(url: httpx.URL, name: str) -> object:
    try:
        return getattr(url, name)
    except UnicodeError as error:  # what is no name in another script after all is told when the host is asked for
        return str(error)


@settings(max_examples=150)
@given(TEXTS)
def test_it_says_what_httpx_says_of_it(text: str) -> None:
    try:
        theirs = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            address(text)
        return
    ours = address(text)
    assert (str(ours), hash(ours)) == (str(theirs), hash(theirs))
    assert [said(ours, name) for name in ASKED] == [said(theirs, name) for name in ASKED]
    assert ours == theirs
    assert ours.join("../x?y=1") == theirs.join("../x?y=1")


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8080/", "https://shop.example", "http://a-b.example/x.y/%20?a=b&c=%2F", "http://a/?"]
)
def test_what_probes_are_full_of_is_read_without_httpx(text: str) -> None:
    assert isinstance(address(text), Plain)


def test_two_addresses_are_the_same_where_they_are_written_alike() -> None:
    assert {address("http://a.example/x"), address("http://a.example/x")} == {address("http://a.example/x")}
    assert address("http://a.example/x") != address("http://a.example/y")


def test_a_reference_leads_to_where_httpx_takes_it_but_never_as_somebody() -> None:
    base = address("http://a.example/x/y")
    assert str(joined(base, "z")) == "http://a.example/x/z"
    assert str(joined(base, "//ada:secret@b.example/")) == "http://b.example/"
    with pytest.raises(ValueError, match="Invalid port"):
        joined(base, "http://b.example:x/")
