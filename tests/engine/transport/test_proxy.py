"""A proxy in between: what it is told, what it is not, and what it, rather than the target, is to blame for."""

from __future__ import annotations

import base64
import select
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from synthmon.engine.limits import Limits
from synthmon.model.auth import BearerAuth
from synthmon.model.network import Network, Proxy
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, Script, answer, saying
from tests.engine.transport.test_connecting import unused_port
from tests.engine.transport.visit import Way, visiting
from tests.engine.world import request, step, text

TOKEN, PASSWORD = "a-token-for-the-target", "pw-for-the-proxy"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", "shop.test").configure_cert(made)
    return made


class Tunnel:
    """A proxy that connects everybody to one port of loopback; `heard` is what it was told before that."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.heard: list[bytes] = []

    def __call__(self, connection: Connection) -> None:
        self.heard.append(connection.request())
        with socket.create_connection(("127.0.0.1", self._port)) as target:
            if self.heard[-1].startswith(b"CONNECT "):
                connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                target.sendall(self.heard[-1])
            _pump(connection._socket, target)


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Bytes both ways until either side is done."""
    while True:
        ready = select.select([one, other], [], [], 10)[0]
        if not ready:
            return
        for channel in ready:
            piece = channel.recv(65536)
            if not piece:
                return
            (other if channel is one else one).sendall(piece)


def through(proxy: RawServer, *, as_whom: bool = False) -> Way:
    who = (text("synthmon"), text("${{ secrets.proxy_password }}")) if as_whom else (None, None)
    return Way(Network(proxy=Proxy(proxy.url, *who)))


def test_an_https_target_is_reached_through_a_tunnel_and_neither_side_sees_the_others_secrets(
    context: ssl.SSLContext, trusted: str
) -> None:
    heard: list[bytes] = []

    def script(connection: Connection) -> None:
        while said := connection.request():
            heard.append(said)
            connection.send(answer(b"safe"))

    secrets = {"proxy_password": PASSWORD, "token": TOKEN}
    with RawServer(script, tls=context) as target:
        tunnel = Tunnel(target.port)
        with RawServer(tunnel) as proxy, visiting(ca_file=trusted, secrets=secrets) as visitor:
            auth = BearerAuth(text("${{ secrets.token }}"))
            url = f"https://shop.test:{target.port}/orders"  # a name that only the proxy can know
            seen = visitor.walk(
                step("one", url, auth=auth), step("two", url, auth=auth), way=through(proxy, as_whom=True)
            )
            assert proxy.accepted == 1
    assert seen.outcome is Outcome.PASSED, seen.failure
    pair = base64.b64encode(f"synthmon:{PASSWORD}".encode())
    (told,) = tunnel.heard
    assert told.startswith(f"CONNECT shop.test:{target.port} HTTP/1.1\r\n".encode())
    assert b"proxy-authorization: basic " + pair.lower() in told.lower()
    assert TOKEN.encode() not in told
    assert b"traceparent" not in told.lower()
    assert len(heard) == 2
    for said in heard:
        assert TOKEN.encode() in said
        assert pair not in said
        assert b"proxy-" not in said.lower()
    assert {exchange.proxy for exchange in seen.exchanges} == {proxy.url}
    assert PASSWORD not in repr(seen.result)


def test_a_plain_target_is_asked_through_the_proxy_by_its_whole_address() -> None:
    with RawServer(saying(answer(b"plain"))) as target:
        tunnel = Tunnel(target.port)
        with RawServer(tunnel) as proxy, visiting() as visitor:
            seen = visitor.walk(step("visit", "http://shop.test/orders?a=1"), way=through(proxy))
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert tunnel.heard[0].startswith(b"GET http://shop.test/orders?a=1 HTTP/1.1\r\n")
    assert seen.exchanges[0].address == f"127.0.0.1:{proxy.port}"


def test_a_redirect_goes_through_the_proxy_as_well() -> None:
    def script(connection: Connection) -> None:
        said = connection.request()
        moved = answer(b"", "Location: http://other.test/", "Connection: close", status="302 Found")
        connection.send(moved if b"http://shop.test/" in said else answer(b"here", "Connection: close"))

    with RawServer(script) as proxy, visiting() as visitor:
        asked = request("GET", "http://shop.test/", redirects=1)
        seen = visitor.walk(step("visit", request=asked), way=through(proxy))
        assert proxy.accepted == 2
    assert seen.outcome is Outcome.PASSED, seen.failure


def refusing(line: bytes) -> Script:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(b"HTTP/1.1 " + line + b"\r\nContent-Length: 0\r\n\r\n")

    return script


BLAME: dict[str, tuple[bytes, Outcome, FailureKind, str]] = {
    "it refuses": (b"403 Forbidden", Outcome.ERROR, FailureKind.RESOURCE, "refuses to connect to the target (403)"),
    "it wants to know who asks": (
        b'407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"',
        Outcome.ERROR,
        FailureKind.RESOURCE,
        "does not accept our credentials (407)",
    ),
    "it is overloaded": (b"429 Slow down", Outcome.ERROR, FailureKind.RESOURCE, "refuses to connect"),
    "it could not reach the target": (
        b"502 Bad Gateway",
        Outcome.FAILED,
        FailureKind.CONNECT,
        "could not reach the target (502)",
    ),
    "it waited for the target": (b"504 Gateway Timeout", Outcome.FAILED, FailureKind.CONNECT, "(504)"),
}


@pytest.mark.parametrize(("line", "outcome", "kind", "words"), BLAME.values(), ids=BLAME.keys())
def test_what_a_proxy_says_of_a_tunnel_is_blamed_on_whom_it_is_about(
    line: bytes, outcome: Outcome, kind: FailureKind, words: str, trusted: str
) -> None:
    with RawServer(refusing(line)) as proxy, visiting(ca_file=trusted) as visitor:
        seen = visitor.walk(step("visit", "https://shop.test/"), way=through(proxy))
    assert (seen.outcome, seen.kind) == (outcome, kind), seen.failure
    assert words in seen.failure.message
    assert proxy.url in seen.failure.message


def test_a_proxy_that_wants_credentials_for_a_plain_target_is_our_fault() -> None:
    with RawServer(refusing(b"407 Proxy Authentication Required")) as proxy, visiting() as visitor:
        seen = visitor.walk(step("visit", "http://shop.test/"), way=through(proxy))
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.RESOURCE)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_no_outage_of_the_target(scheme: str) -> None:
    with visiting() as visitor:
        away = Way(Network(proxy=Proxy(f"http://127.0.0.1:{unused_port()}")))
        seen = visitor.walk(step("visit", f"{scheme}://shop.test/"), way=away)
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.RESOURCE)
    assert "cannot be reached: the connection was refused" in seen.failure.message


def test_a_proxy_whose_name_does_not_exist_is_no_outage_of_the_target() -> None:
    with visiting() as visitor:
        way = Way(Network(proxy=Proxy("http://proxy.test:3128"), resolver=(f"127.0.0.1:{unused_port()}",)))
        seen = visitor.walk(step("visit", "https://shop.test/"), way=way)
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.RESOURCE)
    assert "the proxy http://proxy.test:3128 cannot be reached" in seen.failure.message


def test_a_proxy_that_waits_in_vain_for_the_target_speaks_of_the_target() -> None:
    with RawServer(Connection.hold) as proxy, visiting(limits=Limits(connect=0.3, secure=0.4)) as visitor:
        seen = visitor.walk(step("visit", "https://shop.test/", timeout=3.0), way=through(proxy))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
    assert "did not say whether it reached the target" in seen.failure.message


def test_a_certificate_is_verified_through_a_proxy_as_well(context: ssl.SSLContext, trusted: str) -> None:
    with (
        RawServer(saying(answer(b"safe")), tls=context) as target,
        RawServer(Tunnel(target.port)) as proxy,
        visiting(ca_file=trusted) as visitor,
    ):
        seen = visitor.walk(step("visit", "https://other.test/"), way=through(proxy))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TLS)
    assert "another host name" in seen.failure.message
    assert seen.failure.actual is not None  # the certificate is described through the proxy, too


def test_the_proxy_itself_may_be_spoken_to_by_tls(context: ssl.SSLContext, trusted: str) -> None:
    with RawServer(saying(answer(b"safe")), tls=context) as target:
        tunnel = Tunnel(target.port)
        with RawServer(tunnel, tls=context) as proxy, visiting(ca_file=trusted) as visitor:
            seen = visitor.walk(step("visit", f"https://shop.test:{target.port}/"), way=through(proxy))
    assert seen.outcome is Outcome.PASSED, seen.failure


def test_none_means_none_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with RawServer(saying(answer(b"direct"))) as server, visiting() as visitor:
        assert visitor.walk(step("visit", server.url), way=Way(Network(proxy=False))).outcome is Outcome.PASSED
