"""Whom a run may reach, held against the address of each connection: redirects, names, odd spellings, tokens."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from synthmon.engine.limits import Limits
from synthmon.model.auth import ProfileAuth
from synthmon.model.network import Network, Proxy
from synthmon.model.reach import Allowance, Reach, Trust
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.dns_server import DnsServer, Says
from tests.engine.transport.raw import Connection, RawServer, answer, saying
from tests.engine.transport.test_connecting import a_full_backlog, full_backlog
from tests.engine.transport.visit import Seen, Visitor, Way, visiting
from tests.engine.world import profile, request, step, text

pytestmark = pytest.mark.usefixtures("either_way")

METADATA = "169.254.169.254"


def assert_denied(seen: Seen, reason: str) -> None:
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.POLICY), seen.failure
    assert seen.failure.detail == "policy_denied"
    assert reason in seen.failure.message
    assert seen.exchanges[-1].status is None


@pytest.fixture(scope="module")
def visitor() -> Iterator[Visitor]:
    with visiting(secrets={"client_secret": "cs-1234567890"}) as made:
        yield made


@pytest.mark.parametrize(
    "host",
    [METADATA, "0xa9fea9fe", "2852039166", "169.254.43518", f"[::ffff:{METADATA}]"],
)
def test_the_metadata_service_is_not_reached_however_it_is_written(visitor: Visitor, host: str) -> None:
    assert_denied(visitor.walk(step("visit", f"http://{host}/latest/")), f"{METADATA} is the metadata service")


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("[fd00:ec2::254]", "metadata service of AWS"),
        ("100.100.100.200", "metadata service of Alibaba Cloud"),
        ("metadata.google.internal", "metadata service"),
        ("[64:ff9b::a9fe:a9fe]", f"{METADATA} is the metadata service"),
        ("169.254.7.7", "link-local"),
        ("[fe80::7]", "link-local"),
        ("224.0.0.1", "multicast"),
    ],
)
def test_other_addresses_that_no_probe_is_for_are_not_reached(visitor: Visitor, host: str, reason: str) -> None:
    assert_denied(visitor.walk(step("visit", f"http://{host}/")), reason)


def test_a_redirect_leads_to_no_place_that_could_not_be_asked_directly(visitor: Visitor) -> None:
    for target in (f"http://{METADATA}/latest", "http://0xA9FEA9FE/latest", f"//[::ffff:{METADATA}]/"):
        with RawServer(saying(answer(b"", f"Location: {target}", status="302 Found"))) as server:
            seen = visitor.walk(step("visit", request=request("GET", server.url, redirects=3)))
        assert_denied(seen, METADATA)
        assert [exchange.status for exchange in seen.exchanges] == [302, None]


def test_a_name_is_judged_by_the_address_it_turns_out_to_have(visitor: Visitor) -> None:
    with DnsServer({"innocent.test": Says((METADATA,))}) as dns:
        seen = visitor.walk(
            step("visit", "http://innocent.test/"), way=Way(Network(resolver=(dns.address,), ip_version=4))
        )
    assert_denied(seen, METADATA)


def test_a_name_that_changes_its_address_from_run_to_run_is_judged_each_time(visitor: Visitor) -> None:
    """Rebinding: what was resolved and judged is what is connected to, and within a run it stays the same."""

    def alternating(times: int) -> Says:
        return Says(("127.0.0.1",)) if times % 2 == 0 else Says((METADATA,))

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"good", "Connection: close"))

    with RawServer(script) as server, DnsServer({"innocent.test": alternating}) as dns:
        url = f"http://innocent.test:{server.port}/"
        way = Way(Network(resolver=(dns.address,), ip_version=4))
        first = visitor.walk(step("one", url), step("two", url), way=way)
        second = visitor.walk(step("one", url), way=way)
        assert server.accepted == 2
    assert first.outcome is Outcome.PASSED, first.failure
    assert {exchange.address for exchange in first.exchanges} == {f"127.0.0.1:{server.port}"}
    assert_denied(second, METADATA)


def test_an_override_of_a_host_is_no_way_round(visitor: Visitor) -> None:
    way = Way(Network(hosts={"innocent.test": (METADATA,)}))
    assert_denied(visitor.walk(step("visit", "http://innocent.test/"), way=way), METADATA)


def test_a_token_endpoint_is_judged_like_any_target(visitor: Visitor) -> None:
    partner = replace(profile(), token_url=text(f"http://{METADATA}/token"))
    with RawServer(saying(answer(b"good"))) as server:
        seen = visitor.walk(step("visit", server.url, auth=ProfileAuth("partner")), profiles=(partner,))
        assert server.accepted == 0
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.POLICY)


def test_a_proxy_is_no_way_round(visitor: Visitor) -> None:
    def proxy(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"credentials"))

    with RawServer(proxy) as server:
        seen = visitor.walk(step("visit", f"http://{METADATA}/"), way=Way(Network(proxy=Proxy(server.url))))
        assert server.accepted == 0
    assert_denied(seen, METADATA)
    seen = visitor.walk(step("visit", "http://shop.test/"), way=Way(Network(proxy=Proxy(f"http://{METADATA}:80"))))
    assert_denied(seen, METADATA)


def test_the_ports_of_synthmon_itself_are_not_reached_by_any_of_its_names(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"the pages"))) as server:
        own = Reach(own=(("127.0.0.1", server.port), ("db.internal", 5432)))
        for host in ("127.0.0.1", "localhost", "127.1", "0.0.0.0", "[::ffff:127.0.0.1]"):
            assert_denied(visitor.walk(step("visit", f"http://{host}:{server.port}/"), way=Way(reach=own)), "own")
        assert server.accepted == 0
    assert_denied(visitor.walk(step("visit", "http://db.internal:5432/"), way=Way(reach=own)), "synthmon's own")


def test_what_is_allowed_with_a_reason_is_reached(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"the pages"))) as server:
        allowed = Allowance("127.0.0.1", "we watch it", addresses=ipaddress.ip_network("127.0.0.1"), port=server.port)
        reach = Reach(allow=(allowed,), own=(("127.0.0.1", server.port),))
        assert visitor.walk(step("visit", server.url), way=Way(reach=reach)).outcome is Outcome.PASSED


def test_an_imported_file_reaches_no_private_address_though_its_host_is_listed(visitor: Visitor) -> None:
    with RawServer(saying(answer(b"internal"))) as server, DnsServer({"api.test": Says(("127.0.0.1",))}) as dns:
        way = Way(Network(resolver=(dns.address,)), Reach(imported=("api.test",)), Trust.IMPORTED)
        seen = visitor.walk(step("visit", f"http://api.test:{server.port}/"), way=way)
        assert server.accepted == 0
    assert_denied(seen, "127.0.0.1 is not a public address")


def test_an_imported_file_reaches_no_host_that_is_not_listed(visitor: Visitor) -> None:
    way = Way(reach=Reach(imported=("api.test", "*.partner.test")), trust=Trust.IMPORTED)
    for host in ("elsewhere.test", "partner.test", "api.test.evil.test"):
        assert_denied(visitor.walk(step("visit", f"http://{host}/"), way=way), "is not among the hosts")


def test_a_proxy_is_anywhere_for_an_imported_file_only_if_synthmon_yaml_declares_it(visitor: Visitor) -> None:
    reach = Reach(imported=("api.test",))
    with RawServer(saying(answer(b"by the proxy"))) as server:
        url = f"http://127.0.0.1:{server.port}"
        own = Way(Network(proxy=Proxy(url)), reach, Trust.IMPORTED)
        assert_denied(visitor.walk(step("visit", "http://api.test/"), way=own), "127.0.0.1 is not a public address")
        assert server.accepted == 0
        of_region = Way(Network(proxy=Proxy(url, trusted=True)), reach, Trust.IMPORTED)
        assert visitor.walk(step("visit", "http://api.test/"), way=of_region).outcome is Outcome.PASSED


def several(second: str) -> Way:
    return Way(Network(hosts={"shop.test": ("127.0.0.1", second)}))


def let_in(listener: socket.socket) -> None:
    """Take what knocks from now on, and answer whoever asks something; the others, who filled the queue, do not."""
    listener.settimeout(3)
    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=_answer, args=(listener.accept()[0],), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    connection.settimeout(3)
    with connection, contextlib.suppress(OSError):
        if connection.recv(10_000):
            connection.sendall(answer(b"ok"))


def test_a_slow_address_is_waited_for_though_the_next_one_may_not_be_reached() -> None:
    with a_full_backlog() as listener, visiting() as visitor:
        later = threading.Timer(0.35, let_in, (listener,))
        later.daemon = True
        later.start()
        seen = visitor.walk(step("visit", f"http://shop.test:{listener.getsockname()[1]}/"), way=several(METADATA))
        assert seen.outcome is Outcome.PASSED, seen.step.failures
        assert (seen.step.phases.connect or 0) > 0.2


def test_where_no_address_answers_the_one_that_may_not_be_reached_is_why() -> None:
    with full_backlog() as port, visiting(limits=Limits(connect=0.4)) as visitor:
        assert_denied(
            visitor.walk(step("visit", f"http://shop.test:{port}/"), way=several(METADATA)), "metadata service"
        )
