"""The three examples over libcurl and real TLS: a proxy leads their hosts to the stand-ins, all else is as it is."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import trustme

from synthmon.model.network import Network, Proxy
from synthmon.model.run import Outcome
from tests.engine.test_the_three_examples import PROBES
from tests.engine.three_hosts import PARTNERS, SECRETS, SHOPS, Hosts
from tests.engine.transport.visit import visiting


class Tunnel(BaseHTTPRequestHandler):
    """Answers `CONNECT` and then speaks TLS itself, as the host that was asked for."""

    protocol_version = "HTTP/1.1"
    hosts: Hosts
    context: ssl.SSLContext
    host = ""

    def do_CONNECT(self) -> None:
        self.host = self.path.partition(":")[0]
        self.send_response(200)
        self.end_headers()
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = f"https://{self.host}{self.path}"
        answer = self.hosts.answer(httpx.Request(self.command, url, headers=dict(self.headers), content=body))
        self.send_response(answer.status_code)
        for name, value in answer.headers.multi_items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - as the library looks for them

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library calls it
        pass


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, str]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return authority, str(tmp_path / "ca.pem")


@pytest.fixture
def proxy(authority: tuple[trustme.CA, str]) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert(*SHOPS, *PARTNERS).configure_cert(context)
    ours = {"hosts": Hosts(time.time, lambda _seconds: None, {"paid at once"}), "context": context}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Ours", (Tunnel,), ours))
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.mark.parametrize("name", PROBES)
def test_an_example_passes_over_the_wire(name: str, proxy: str, authority: tuple[trustme.CA, str]) -> None:
    probe = PROBES[name]
    region = replace(probe.regions[0], network=Network(Proxy(proxy, trusted=True)))

    with visiting(ca_file=authority[1], secrets=SECRETS) as visitor:
        result = visitor.run(probe, region)

    assert [failure.message for failure in result.failures] == []
    assert result.outcome in {Outcome.PASSED, Outcome.DEGRADED}
    assert {step.outcome for step in result.cleanup} == {Outcome.PASSED}
    assert {exchange.proxy is not None for step in result.steps for exchange in step.exchanges} == {True}
