"""Names and addresses on the way to a target: overrides, one version of IP, resolvers of one's own, many addresses."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from synthmon.engine.limits import Limits
from synthmon.model.network import Network
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.dns_server import AAAA, NOTHING, NXDOMAIN, SERVFAIL, A, DnsServer, Says
from tests.engine.transport.raw import Connection, RawServer, answer, saying
from tests.engine.transport.visit import Seen, Visitor, Way, visiting
from tests.engine.world import expect, request, step

pytestmark = pytest.mark.usefixtures("either_way")


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with visiting(limits=Limits(lookup=0.4)) as made:
        yield made


def at(says: Says, visitor: Visitor, port: int = 80, **of_step: Any) -> tuple[Seen, DnsServer]:
    """A visit to `shop.test`, of which the name server says that."""
    with DnsServer({"shop.test": says}) as dns:
        way = Way(Network(resolver=(dns.address,)))
        return visitor.walk(step("visit", f"http://shop.test:{port}/", timeout=3.0, **of_step), way=way), dns


def test_a_name_that_does_not_exist_is_the_targets_failure_and_told_with_its_resolver(visitor: Visitor) -> None:
    seen, dns = at(NXDOMAIN, visitor)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.DNS)
    assert seen.failure.message == "the name shop.test does not exist"
    assert seen.failure.actual == f"NXDOMAIN from {dns.address}"


@pytest.mark.parametrize("says", [SERVFAIL, Says(raw=b"\x81\x80\xff")], ids=["SERVFAIL", "malformed"])
def test_a_name_whose_servers_fail_is_the_targets_failure(visitor: Visitor, says: Says) -> None:
    seen, _ = at(says, visitor)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.DNS), seen.failure


def test_a_resolver_that_is_silent_is_our_error_and_never_an_outage(visitor: Visitor) -> None:
    seen, _ = at(NOTHING, visitor)
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.RESOLVER)
    assert seen.failure.detail == "silence"
    assert seen.took < 2.0


def test_a_slow_look_up_passes_and_its_time_is_seen_and_counted(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"hello"))) as server:
        says = Says(("127.0.0.1",), after=0.15, silent=frozenset({AAAA}))
        seen, _ = at(says, visitor, server.port, latency_budget=0.1)
    assert (seen.outcome, seen.kind) == (Outcome.DEGRADED, FailureKind.BUDGET)
    assert "looking up the name took" in seen.failure.message
    assert (seen.step.phases.dns or 0) >= 0.15
    assert (seen.step.latency or 0) >= (seen.step.phases.dns or 0)


def test_an_answer_over_tcp_serves_as_well(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"hello"))) as server:
        seen, dns = at(Says(("127.0.0.1",), large=True), visitor, server.port)
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert dns.over_tcp >= 1


@contextlib.contextmanager
def black_hole(address: str, port: int) -> Iterator[None]:
    """A port whose queue of connections is full, so that what knocks there is dropped."""
    with socket.socket() as listener, contextlib.ExitStack() as knocking:
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            waiting = knocking.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield


def test_the_first_of_many_addresses_being_dead_costs_little_and_is_remarked_on(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"hello"))) as server, black_hole("127.0.0.2", server.port):
        seen, _ = at(Says(("127.0.0.2", "127.0.0.1")), visitor, server.port)
    (exchange,) = seen.exchanges
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert (exchange.address, exchange.fallback) == (f"127.0.0.1:{server.port}", True)
    assert (exchange.phases.connect or 0) < 1.0


def test_a_family_that_is_dead_costs_little(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"hello"))) as server:  # nothing listens at ::1
        seen, _ = at(Says(("::1", "127.0.0.1")), visitor, server.port)
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert seen.exchanges[0].address == f"127.0.0.1:{server.port}"


def test_the_usual_address_is_no_fallback(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"hello"))) as server:
        assert at(Says(("127.0.0.1",)), visitor, server.port)[0].exchanges[0].fallback is False


@pytest.mark.parametrize(("version", "kind"), [(4, A), (6, AAAA)])
def test_only_addresses_of_the_wanted_version_are_asked_for(visitor: Visitor, version: int, kind: int) -> None:
    with DnsServer({"shop.test": Says()}) as dns:
        seen = visitor.walk(
            step("visit", "http://shop.test/"), way=Way(Network(ip_version=version, resolver=(dns.address,)))
        )
        assert {asked for _, asked in dns.asked} == {kind}
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.DNS)


def test_the_wanted_version_is_used_where_the_machine_looks_names_up(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"hello"))) as server:
        url = f"http://localhost:{server.port}/"
        seen = visitor.walk(step("visit", url), way=Way(Network(ip_version=4)))
        assert seen.exchanges[0].address == f"127.0.0.1:{server.port}"
        other = visitor.walk(step("visit", url, timeout=2.0), way=Way(Network(ip_version=6)))
    assert other.outcome is not Outcome.PASSED
    assert not (other.exchanges[0].address or "").startswith("127.")


def test_a_target_of_ipv6_alone_is_reached(visitor: Visitor) -> None:
    with _listening_on_ipv6() as port:
        with DnsServer({"shop.test": Says(("::1",))}) as dns:
            way = Way(Network(resolver=(dns.address,)))
            by_name = visitor.walk(step("visit", f"http://shop.test:{port}/"), way=way)
        literal = visitor.walk(step("visit", f"http://[::1]:{port}/"))
    assert [one.outcome for one in (by_name, literal)] == [Outcome.PASSED] * 2, by_name.result.failures
    assert {one.exchanges[0].address for one in (by_name, literal)} == {f"[::1]:{port}"}


@contextlib.contextmanager
def _listening_on_ipv6() -> Iterator[int]:
    server = RawServer(saying(answer(b"hello", "Connection: close")))
    server._listener.close()
    server._listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    with server:
        yield server._listener.getsockname()[1]


def test_an_address_with_a_zone_is_link_local_and_not_reached_unasked(visitor: Visitor) -> None:
    for host in ("[fe80::1%25lo]", "[fe80::1%lo]"):
        seen = visitor.walk(step("visit", f"http://{host}/"))
        assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.POLICY), seen.failure


def test_a_name_that_looks_like_another_is_shown_as_what_it_is(visitor: Visitor) -> None:
    with DnsServer({"xn--pple-43d.test": NXDOMAIN}) as dns:
        seen = visitor.walk(step("visit", "http://аpple.test/"), way=Way(Network(resolver=(dns.address,))))
    assert seen.kind is FailureKind.DNS
    assert "xn--pple-43d.test" in seen.failure.message
    assert seen.exchanges[0].url == "http://xn--pple-43d.test/"


@pytest.mark.parametrize("host", ["ß" * 30_000 + ".test", ".".join(["ü"] * 20_000), "a" * 64 + ".test", "x" * 300])
def test_a_name_that_is_none_is_told_briefly_and_at_once(visitor: Visitor, host: str) -> None:
    with DnsServer({}) as dns:
        seen = visitor.walk(step("visit", f"http://{host}/"), way=Way(Network(resolver=(dns.address,))))
        assert dns.asked == []
    assert seen.outcome in {Outcome.ERROR, Outcome.FAILED}
    assert len(seen.failure.message) < 500
    assert seen.took < 1.0


def test_an_override_leads_elsewhere_and_the_target_hears_its_own_name(visitor: Visitor) -> None:
    heard: list[bytes] = []

    def script(connection: Connection) -> None:
        while said := connection.request():
            heard.append(said)
            connection.send(answer(b"hello"))

    with RawServer(script) as server:
        way = Way(Network(hosts={"shop.test": ("127.0.0.1",)}))
        url = f"http://SHOP.test:{server.port}/"
        seen = visitor.walk(step("one", url), step("two", url), way=way)
        assert server.accepted == 1
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert f"Host: shop.test:{server.port}\r\n".encode() in heard[0]


def test_an_override_of_one_run_is_none_of_the_next(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"hello"))) as server, DnsServer({}) as dns:
        url = f"http://shop.test:{server.port}/"
        first = visitor.walk(step("visit", url), way=Way(Network(hosts={"shop.test": ("127.0.0.1",)})))
        second = visitor.walk(step("visit", url), way=Way(Network(resolver=(dns.address,))))
    assert first.outcome is Outcome.PASSED
    assert (second.outcome, second.kind) == (Outcome.FAILED, FailureKind.DNS)


def test_an_override_of_one_run_is_forgotten_where_the_machine_looks_the_same_name_up(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"hello"))) as server:
        url = f"http://localhost:{server.port}/"
        elsewhere = visitor.walk(step("visit", url), way=Way(Network(hosts={"localhost": ("127.0.0.2",)})))
        after = visitor.walk(step("visit", url))
    assert (elsewhere.outcome, elsewhere.kind) == (Outcome.FAILED, FailureKind.CONNECT)
    assert after.outcome is Outcome.PASSED, after.failure


def test_a_name_is_looked_up_once_a_run_however_often_it_is_connected_to(visitor: Visitor) -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"hello", "Connection: close"))

    with RawServer(script) as server, DnsServer({"shop.test": Says(("127.0.0.1",))}) as dns:
        way = Way(Network(resolver=(dns.address,), ip_version=4))
        url = f"http://shop.test:{server.port}/"
        visitor.walk(step("one", url), step("two", url), way=way)
        assert dns.asked == [("shop.test", A)]
        visitor.walk(step("one", url), way=way)
        assert len(dns.asked) == 2


def test_a_redirect_to_a_name_is_looked_up_at_the_same_resolver(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"here"))) as other, DnsServer({"other.test": Says(("127.0.0.1",))}) as dns:
        moved = answer(b"", f"Location: http://other.test:{other.port}/", status="302 Found")
        with RawServer(saying(moved)) as server:
            asked = request("GET", server.url, redirects=1)
            visit = step("visit", request=asked, expect=expect(200))
            seen = visitor.walk(visit, way=Way(Network(resolver=(dns.address,))))
    assert seen.outcome is Outcome.PASSED, seen.failure
