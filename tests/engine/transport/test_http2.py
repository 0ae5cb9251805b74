"""HTTP/2 where the target offers it, against a real server of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from hypercorn.asyncio import serve
from hypercorn.config import Config

from synthmon.engine.route import origin_of
from synthmon.engine.spoken import Spoken
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.raw import Connection, RawServer, answer, saying
from tests.engine.transport.visit import visiting
from tests.engine.world import expect, from_json, request, step

DEADLINE = 10.0  # seconds for a server to start or to end


async def app(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Echoes the body as a number of bytes; `/many` has too many headers, `/endless` no end."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        event = await receive()
        size, more = size + len(event.get("body", b"")), event.get("more_body", False)
    extra = [(b"x-%d" % number, b"y") for number in range(300)] if scope["path"] == "/many" else []
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-echo", b"1"), *extra]})
    while scope["path"] == "/endless":
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        await asyncio.sleep(0)  # once the client is gone nothing else lets the server have its turn, and end
    await send({"type": "http.response.body", "body": b'{"size": %d}' % size})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server of HTTP/2 and the file of the authority to trust."""
    folder: Path = tmp_path_factory.mktemp("http2")
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    leaf.private_key_pem.write_to_path(folder / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.certfile, config.keyfile = str(folder / "cert.pem"), str(folder / "key.pem")
    config.alpn_protocols = ["h2"]
    config.errorlog = config.accesslog = None
    config.graceful_timeout = 0.1
    ended: asyncio.Event = asyncio.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(serve(app, config, shutdown_trigger=ended.wait))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", str(folder / "ca.pem")
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(DEADLINE)
        with contextlib.suppress(OSError):
            listener.close()


def test_a_target_that_offers_http2_is_spoken_to_in_it(server: tuple[str, str]) -> None:
    url, authority = server
    with visiting(ca_file=authority) as visitor:
        posting = request("POST", url + "/", json={"n": 1})
        seen = visitor.walk(
            step("first", url, expect=expect(headers={"X-Echo": "1"})),
            step("second", request=posting, captures=(from_json("size", "$.size"),)),
        )
    assert seen.outcome is Outcome.PASSED, seen.failure
    assert [exchange.http_version for exchange in seen.exchanges] == ["2", "2"]
    assert [exchange.reused for exchange in seen.exchanges] == [False, True]
    assert seen.step.captured == {"size": "7"}


def test_runs_do_not_share_a_connection_of_http2(server: tuple[str, str]) -> None:
    url, authority = server
    with visiting(ca_file=authority) as visitor:
        runs = [visitor.walk(step("first", url)) for _ in range(2)]
    assert [run.exchanges[0].reused for run in runs] == [False, False]


@pytest.mark.parametrize("known", [True, False], ids=["it chose HTTP/1 before", "it is taken to"])
def test_an_origin_that_chooses_http2_after_all_is_spoken_to_in_it_from_the_start(
    server: tuple[str, str], known: bool
) -> None:
    url, authority = server
    with visiting(ca_file=authority) as visitor:
        if known:
            visitor.transport._speaks.put(origin_of(httpx.URL(url)), http1=True)
        else:
            visitor.transport._speaks = Spoken(guess=True)
        runs = [visitor.walk(step("first", url), step("second", url)) for _ in range(2)]
    assert [run.outcome for run in runs] == [Outcome.PASSED] * 2, runs[0].failure
    found = [(one.http_version, one.reused) for run in runs for one in run.exchanges]
    assert found == [("2", False), ("2", True)] * 2


@pytest.mark.parametrize("path", ["/many", "/endless"])
def test_limits_hold_for_http2_too(server: tuple[str, str], path: str) -> None:
    url, authority = server
    with visiting(ca_file=authority) as visitor:
        seen = visitor.walk(step("first", url + path, timeout=5.0))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TOO_LARGE), seen.failure


def secured(folder: Path, *protocols: str) -> ssl.SSLContext:
    """A server's context; the authority to trust is in `ca.pem` of the folder."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(list(protocols))
    return context


SETTINGS = bytes.fromhex("000000 04 00 00000000")
ANSWERS = {
    "an internal error": bytes.fromhex("000004 03 00 00000001 00000002"),
    "a refusal": bytes.fromhex("000004 03 00 00000001 00000007"),
    "a goodbye": bytes.fromhex("000008 07 00 00000000 00000000 00000002"),
    "headers that cannot be unpacked": bytes.fromhex("000002 01 05 00000001 ffff"),
    "another protocol": b"HTTP/1.1 200 OK\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_stream_that_is_broken_off_is_a_failure_and_never_sent_again(
    said: bytes, method: str, tmp_path: Path
) -> None:
    def script(connection: Connection) -> None:
        connection.beginning(80)  # preface, settings and the head of a request
        connection.send(SETTINGS + said)
        connection.finish()
        connection.hold()

    context = secured(tmp_path, "h2")
    with RawServer(script, tls=context) as server, visiting(str(tmp_path / "ca.pem")) as visitor:
        seen = visitor.walk(step("first", server.url, method, timeout=2.0))
        assert server.accepted == 1
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL), seen.failure


def test_a_target_that_offers_nothing_newer_is_spoken_to_in_http_1_1(tmp_path: Path) -> None:
    context = secured(tmp_path, "http/1.1")
    with RawServer(saying(answer(b"old")), tls=context) as server, visiting(str(tmp_path / "ca.pem")) as visitor:
        seen = visitor.walk(step("first", server.url))
    assert (seen.outcome, seen.exchanges[0].http_version) == (Outcome.PASSED, "1.1")
