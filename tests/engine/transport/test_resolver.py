"""Names looked up at servers of our choice: whose fault it is when that fails, and that no packet can harm."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine import resolver
from synthmon.engine.dns import Kind, Malformed, Question, encoded_name, read_reply
from synthmon.engine.resolver import Looked, endpoint, look_up, system_servers
from synthmon.model.run import FailureKind
from tests.engine.transport.dns_server import AAAA, NOTHING, NXDOMAIN, REFUSED, SERVFAIL, DnsServer, Says

BOTH = (Kind.A, Kind.AAAA)


def looked(name: str, servers: Sequence[str], patience: float = 2.0, kinds: Sequence[Kind] = BOTH) -> Looked:
    return look_up(name, servers, kinds, time.monotonic() + patience)


def free_port() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{channel.getsockname()[1]}"


def test_addresses_of_both_families_are_found() -> None:
    with DnsServer({"shop.test": Says(("10.0.0.7", "10.0.0.8", "fd00::7"))}) as server:
        assert looked("Shop.TEST.", [server.address]).addresses == ("10.0.0.7", "10.0.0.8", "fd00::7")
        assert looked("shop.test", [server.address], kinds=[Kind.AAAA]).addresses == ("fd00::7",)


BROKEN = {
    "a name that does not exist": (NXDOMAIN, FailureKind.DNS, "NXDOMAIN"),
    "a name without an address": (Says(), FailureKind.DNS, "no data"),
    "servers of the name that fail": (SERVFAIL, FailureKind.DNS, "SERVFAIL"),
    "an answer of nonsense": (Says(raw=b"\x81\x80" + b"\xff" * 20), FailureKind.DNS, "an answer that cannot be read"),
    "a resolver that does not want to": (REFUSED, FailureKind.RESOLVER, "REFUSED"),
    "a resolver that says nothing": (NOTHING, FailureKind.RESOLVER, "silence"),
}


@pytest.mark.parametrize(("says", "kind", "detail"), BROKEN.values(), ids=BROKEN.keys())
def test_who_is_at_fault_is_told_with_the_name_and_the_resolver(says: Says, kind: FailureKind, detail: str) -> None:
    with DnsServer({"shop.test": says}) as server:
        failure = looked("shop.test", [server.address], patience=0.3 if says is NOTHING else 2.0).failure
    assert failure is not None
    assert (failure.kind, failure.detail) == (kind, detail)
    assert "shop.test" in failure.message
    assert server.address in (failure.actual or "")


def test_a_resolver_that_fails_for_everything_is_our_fault() -> None:
    with DnsServer({"shop.test": SERVFAIL, "": SERVFAIL}) as server:
        failure = looked("shop.test", [server.address]).failure
    assert failure is not None
    assert (failure.kind, failure.detail) == (FailureKind.RESOLVER, "SERVFAIL")


def test_where_nothing_listens_the_next_server_is_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "AGAIN", 60.0)
    with DnsServer({"shop.test": Says(("10.0.0.7",))}) as server:
        assert looked("shop.test", [free_port(), server.address]).addresses == ("10.0.0.7",)


def test_the_next_server_answers_for_one_that_fails_or_is_silent() -> None:
    with (
        DnsServer({"a.test": SERVFAIL, "b.test": NOTHING}) as first,
        DnsServer({"a.test": Says(("10.0.0.1",)), "b.test": Says(("10.0.0.2",))}) as second,
    ):
        assert looked("a.test", [first.address, second.address]).addresses == ("10.0.0.1",)
        assert looked("b.test", [first.address, second.address]).addresses == ("10.0.0.2",)


def test_a_lost_packet_is_sent_again() -> None:
    def second_time(times: int) -> Says:
        return NOTHING if times == 0 else Says(("10.0.0.7",))

    with DnsServer({"shop.test": second_time}) as server:
        assert looked("shop.test", [server.address]).addresses == ("10.0.0.7",)


def test_an_answer_too_large_for_a_datagram_is_fetched_over_tcp() -> None:
    with DnsServer({"shop.test": Says(("10.0.0.7",), large=True)}) as server:
        assert looked("shop.test", [server.address]).addresses == ("10.0.0.7",)
        assert server.over_tcp == 2


def test_an_answer_that_drips_over_tcp_is_not_waited_for_beyond_the_deadline() -> None:
    with DnsServer({"shop.test": Says(("127.0.0.1",), large=True)}, drip=0.1) as server:
        began = time.monotonic()
        found = look_up("shop.test", [server.address], [Kind.A], began + 0.4)
    assert found.addresses == ()
    assert found.took < 2.0  # all 45 bytes take more than four seconds


def test_a_family_whose_answer_never_comes_costs_next_to_nothing() -> None:
    with DnsServer({"shop.test": Says(("10.0.0.7",), silent=frozenset({AAAA}))}) as server:
        found = looked("shop.test", [server.address])
    assert found.addresses == ("10.0.0.7",)
    assert found.took < 0.5


@pytest.mark.parametrize("name", ["a" * 64 + ".test", "a..test", "x." * 127 + "test", "shöp.test"])
def test_what_is_no_name_asks_nobody(name: str) -> None:
    failure = looked(name, ["127.0.0.1:1"]).failure
    assert failure is not None
    assert (failure.kind, failure.detail) == (FailureKind.DNS, "no name")


def test_an_alias_is_followed_and_what_was_not_asked_for_is_left_out() -> None:
    question = Question(7, "shop.test", Kind.A)
    head = struct.pack("!6H", 7, 0x8180, 1, 3, 0, 0) + question.encoded()[12:]
    records = [
        record("shop.test", 5, encoded_name("cdn.test")),
        record("evil.test", 1, b"\x0a\x00\x00\x09"),
        record("cdn.test", 1, b"\x0a\x00\x00\x07"),
    ]
    assert read_reply(head + b"".join(records), question).addresses == ("10.0.0.7",)


def record(owner: str, kind: int, data: bytes) -> bytes:
    return encoded_name(owner) + struct.pack("!2HIH", kind, 1, 60, len(data)) + data


@given(st.binary(max_size=300), st.booleans())
def test_no_packet_does_more_than_being_refused(rest: bytes, whole: bool) -> None:
    question = Question(7, "shop.test", Kind.A)
    start = struct.pack("!6H", 7, 0x8180, 1, 9, 0, 0) + question.encoded()[12:] if whole else b"\x00\x07"
    with contextlib.suppress(Malformed):
        reply = read_reply(start + rest, question)
        assert all(address.count(".") == 3 for address in reply.addresses)


def test_names_that_point_at_each_other_end() -> None:
    question = Question(7, "shop.test", Kind.A)
    loop = struct.pack("!6H", 7, 0x8180, 1, 1, 0, 0) + question.encoded()[12:] + b"\x01a\xc0\x1b"
    with pytest.raises(Malformed):
        read_reply(loop + b"\0" * 20, question)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("10.0.0.53", ("10.0.0.53", 53)),
        ("10.0.0.53:5353", ("10.0.0.53", 5353)),
        ("fd00::53", ("fd00::53", 53)),
        ("[fd00::53]:5353", ("fd00::53", 5353)),
    ],
)
def test_a_server_is_an_address_with_or_without_a_port(written: str, meant: tuple[str, int]) -> None:
    assert endpoint(written) == meant


@pytest.mark.parametrize("written", ["dns.example.com", "10.0.0.53:0", "10.0.0.53:70000", "10.0.0.300", ""])
def test_what_is_no_server_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        endpoint(written)


def test_the_servers_of_the_system_are_read_and_nonsense_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(
        "# a comment\nsearch example.com\nnameserver 10.0.0.53\nnameserver\nnameserver dns\nnameserver fd00::53\n"
    )
    assert system_servers(str(path)) == ("10.0.0.53", "fd00::53")
    assert system_servers(str(tmp_path / "absent")) == ()
