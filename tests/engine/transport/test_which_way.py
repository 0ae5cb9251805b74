"""Which way an exchange goes: over our own sockets where nothing is lost by it, by libcurl everywhere else."""

from __future__ import annotations

import contextlib
import queue
import ssl
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
import trustme

from synthmon.engine.fault import TransportFault
from synthmon.engine.route import DIRECT, ProxyWay, Route, Secured, origin_of
from synthmon.engine.spoken import Spoken
from synthmon.engine.transport import Transport
from tests.engine.transport.raw import PATIENCE, Connection, RawServer, answer, saying
from tests.engine.transport.visit import send


class Noting(httpx.BaseTransport):
    """Stands in front of the one over sockets and notes what goes over it."""

    def __init__(self, transport: Transport) -> None:
        self._behind = transport._sockets
        self.seen: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request.url.path)
        return self._behind.handle_request(request)

    def begin(self) -> None:
        self._behind.begin()

    def close(self) -> None:
        self._behind.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[RawServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with RawServer(saying(*[answer(b"{}")] * 9), context) as server:
        yield server


@pytest.fixture
def transport(authority: trustme.CA) -> Iterator[Transport]:
    with authority.cert_pem.tempfile() as path, Transport(ca_file=path) as made:
        yield made


def noted(transport: Transport) -> Noting:
    noting = Noting(transport)
    transport._sockets = noting  # type: ignore[assignment]
    return noting


def test_an_origin_that_spoke_http_1_goes_over_sockets_from_the_next_run_on(
    transport: Transport, secure: RawServer
) -> None:
    noting = noted(transport)
    for run, path in ((1.0, "/a"), (1.0, "/b"), (2.0, "/c"), (2.0, "/d")):
        assert send(transport, "GET", secure.url + path, run=run).status_code == 200
    assert noting.seen == ["/c", "/d"]
    assert secure.accepted == 2


def test_a_process_that_lasts_asks_over_sockets_what_an_origin_speaks(authority: trustme.CA, secure: RawServer) -> None:
    with authority.cert_pem.tempfile() as path, Transport(ca_file=path, lasting=True) as transport:
        assert send(transport, "GET", secure.url + "/a", run=1.0).status_code == 200
        assert transport._curl is None
    assert secure.accepted == 1


@pytest.mark.parametrize(
    "route",
    [
        replace(DIRECT, tls=Secured(unverified=True)),
        replace(DIRECT, tls=Secured(server_name="127.0.0.1")),
        replace(DIRECT, tls=Secured(certificate="x", key="y")),
        replace(DIRECT, proxy=ProxyWay(httpx.URL("http://127.0.0.1:9"))),
    ],
    ids=["not verified", "another name", "a certificate of ours", "a proxy"],
)
def test_what_is_seldom_goes_by_libcurl_whatever_is_known_of_the_origin(
    transport: Transport, secure: RawServer, route: Route
) -> None:
    noting = noted(transport)
    transport._speaks.put(origin_of(httpx.URL(secure.url)), http1=True)
    request = httpx.Request("GET", secure.url, extensions={"synthmon.route": route, "synthmon.run": 1.0})
    with contextlib.suppress(TransportFault):  # of some there is no answer
        transport.handle_request(request)
    assert noting.seen == []


def test_a_run_leaves_no_connection_open_for_the_next_whichever_way_that_goes(
    transport: Transport, authority: trustme.CA
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    closed: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def script(connection: Connection) -> None:
        saying(answer(b""))(connection)
        closed.put(connection.gone(PATIENCE))

    with RawServer(script) as plain, RawServer(script, context) as secure:
        send(transport, "GET", plain.url, run=1.0)
        send(transport, "GET", secure.url, run=2.0)
        assert closed.get(timeout=PATIENCE), "what was open over sockets"
        send(transport, "GET", plain.url, run=3.0)
        assert closed.get(timeout=PATIENCE), "what was open in libcurl"


def test_what_is_known_of_origins_is_bounded() -> None:
    spoken = Spoken()
    for number in range(10_000):
        spoken.put(("https", b"%d" % number), http1=True)
    assert spoken.http1(("https", b"9999"))
    assert len(spoken._known) <= 4096
