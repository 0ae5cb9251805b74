"""TLS over our own sockets: what is for the library alone, how an answer may end, and whom is trusted."""

from __future__ import annotations

import queue
import select
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import certifi
import pytest
import trustme

from synthmon.engine.http1.contexts import context_for
from synthmon.engine.http1.line import Line
from synthmon.engine.http1.secure import SecureLine
from synthmon.engine.route import Secured
from tests.engine.transport.raw import PATIENCE, Connection, RawServer, Script, answer

UNTIL_IT_ENDS = b"HTTP/1.1 200 OK\r\n\r\nhello"
ENDS = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def secured(authority: trustme.CA, script: Script) -> Iterator[SecureLine]:
    """A line to a server that talks so, with hands shaken."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_after=ENDS).configure_cert(context)
    trusted = context_for(Secured(authorities=authority.cert_pem.bytes().decode()), "")
    with RawServer(script, context) as server, socket.create_connection(("127.0.0.1", server.port)) as channel:
        line = SecureLine(Line(channel, "127.0.0.1", server.port, fallback=False), trusted, "127.0.0.1")
        assert 0 < line.shake_hands(time.monotonic() + PATIENCE) < PATIENCE
        yield line
        line.close()


def read(line: SecureLine) -> bytes:
    """Everything until the end."""
    whole = b""
    while True:
        line.limit(time.monotonic() + PATIENCE)
        piece, _ = line.receive(0.0)
        if piece == b"":
            return whole
        whole += piece or b""


def readable(line: SecureLine) -> None:
    assert select.select([line.channel], [], [], PATIENCE)[0]


def test_what_is_for_the_library_alone_does_not_mean_that_the_line_is_gone(authority: trustme.CA) -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"hello"))
        connection.request()

    with secured(authority, script) as line:
        readable(line)  # tickets for another time, as servers send them
        assert not line.gone()
        line.send(b"GET / HTTP/1.1\r\n\r\n")
        line.limit(time.monotonic() + PATIENCE)
        piece = None
        while piece is None:
            piece, _ = line.receive(0.0)
        assert piece == answer(b"hello")
        assert not line.gone()


@pytest.mark.parametrize("says", [b"", b"nothing that was asked for"])
def test_a_line_that_was_closed_or_on_which_something_was_said_unasked_is_gone(
    authority: trustme.CA, says: bytes
) -> None:
    def script(connection: Connection) -> None:
        if says:
            connection.send(says)
            connection.hold()
        else:
            connection.goodbye()

    with secured(authority, script) as line:
        ends = time.monotonic() + PATIENCE
        while not line.gone():
            assert time.monotonic() < ends


def test_an_answer_ends_with_the_goodbye_though_the_connection_stays(authority: trustme.CA) -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(UNTIL_IT_ENDS)
        connection.goodbye()
        connection.stopped.wait(PATIENCE)

    with secured(authority, script) as line:
        line.send(b"GET / HTTP/1.1\r\n\r\n")
        assert read(line) == UNTIL_IT_ENDS


def test_all_the_records_that_came_together_are_read_at_once(authority: trustme.CA) -> None:
    """Three of them, of which the first is as long as one can be; the last brings the goodbye with it."""
    body = b"a" * 16384 + b"b" * 100 + b"c"

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(body[:16384])
        connection.send(body[16384:-1])
        connection.send(body[-1:])
        connection.goodbye()
        connection.stopped.wait(PATIENCE)

    with secured(authority, script) as line:
        line.send(b"GET / HTTP/1.1\r\n\r\n")
        assert read(line) == body


@pytest.mark.parametrize("says", [True, False])
def test_who_closes_a_line_says_goodbye_even_if_something_lies_unread(authority: trustme.CA, says: bool) -> None:
    said = queue.SimpleQueue[bool]()

    with secured(authority, lambda connection: said.put(connection.farewell())) as line:
        readable(line)  # tickets for another time
        if says:
            line.close()
        else:
            line.channel.close()
        assert said.get(timeout=PATIENCE) is says


def test_an_answer_that_ends_without_one_is_not_whole(authority: trustme.CA) -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(UNTIL_IT_ENDS)
        connection.cut()

    with secured(authority, script) as line:
        line.send(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ssl.SSLError):
            read(line)


def test_the_end_of_the_certificate_is_known(authority: trustme.CA) -> None:
    with secured(authority, Connection.hold) as line:
        assert line.ends() == ENDS
        assert line.ends() == ENDS


def test_another_bundle_of_authorities_is_read_anew(authority: trustme.CA, tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    first = context_for(Secured(), str(bundle))
    assert context_for(Secured(), str(bundle)) is first
    trustme.CA().cert_pem.write_to_path(bundle, append=True)
    assert len(context_for(Secured(), str(bundle)).get_ca_certs()) == 2


def test_a_bundle_that_many_threads_need_at_once_is_read_once(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes())  # so many that to read them takes a while
    together = Barrier(4)

    def found() -> ssl.SSLContext:
        together.wait(PATIENCE)
        return context_for(Secured(), str(bundle))

    with ThreadPoolExecutor(4) as pool:
        contexts = [one.result() for one in [pool.submit(found) for _ in range(4)]]
    assert contexts == contexts[:1] * 4
