"""Breaking off what is on the wire when synthmon stops: at once, no failure of the target, and of nothing else."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from synthmon.engine.limits import Limits
from synthmon.model.network import Network
from synthmon.model.run import FailureKind, Outcome
from tests.engine.transport.dns_server import NOTHING, DnsServer, Says
from tests.engine.transport.raw import Connection, RawServer, answer, saying
from tests.engine.transport.visit import Way, visiting
from tests.engine.transport.ways import OWN_SOCKETS, only
from tests.engine.world import step

pytestmark = pytest.mark.usefixtures("either_way")

UNTIL_CLOSED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{}"  # whole when the line ends
)


def test_a_body_that_ends_because_we_hung_up_is_not_taken_for_whole() -> None:
    with visiting() as visitor:

        def stop(connection: Connection) -> None:
            connection.request()
            connection.send(UNTIL_CLOSED)
            visitor.stop.asked = True
            assert visitor.transport.hang_up()
            connection.hold()

        with RawServer(stop) as server:
            seen = visitor.walk(step("visit", server.url, timeout=10.0))
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.SHUTDOWN)
    assert seen.took < 5.0


def test_a_kept_connection_of_the_run_is_hung_up_on_too() -> None:
    with visiting() as visitor:

        def stop(connection: Connection) -> None:
            connection.request()
            visitor.stop.asked = True
            assert visitor.transport.hang_up()
            connection.hold()

        with RawServer(saying(answer(b"{}"), then=stop)) as server:
            seen = visitor.walk(step("first", server.url), step("second", server.url, timeout=10.0))
    assert [one.outcome for one in seen.result.steps] == [Outcome.PASSED, Outcome.ERROR]
    assert seen.kind is FailureKind.SHUTDOWN


def test_of_a_handshake_that_we_hung_up_on_nothing_is_told_but_that() -> None:
    with visiting() as visitor, RawServer(visitor.hang_up_on) as server:
        seen = visitor.walk(step("visit", server.url.replace("http:", "https:"), timeout=10.0))
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.SHUTDOWN)
    assert (seen.failure.message, seen.failure.detail) == ("synthmon was stopped during the run", None)


def test_a_resolver_of_the_networks_own_that_is_silent_is_not_waited_for() -> None:
    with visiting(limits=Limits(lookup=30.0)) as visitor:

        def stop(_times: int) -> Says:
            visitor.stop.asked = True
            return NOTHING

        with DnsServer({"silent.test": stop}) as silent:
            way = Way(Network(resolver=(silent.address,)))
            seen = visitor.walk(step("visit", "http://silent.test/", timeout=60.0), way=way)
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.SHUTDOWN)
    assert seen.took < 10.0


@only(OWN_SOCKETS)  # libcurl asks in a thread of its own, for as long as a connection may take
def test_the_machines_resolver_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    with visiting(limits=Limits(connect=30.0)) as visitor:

        def ask(*_: object) -> list[object]:
            visitor.stop.asked = True
            answered.wait(60)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", ask)
        seen = visitor.walk(step("visit", "http://silent.test/", timeout=60.0))
        answered.set()
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.SHUTDOWN)
    assert seen.took < 10.0


def test_other_sockets_of_the_process_live_on() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, visiting() as visitor:

        def stop(connection: Connection) -> None:
            visitor.stop.asked = True
            assert visitor.transport.hang_up()
            connection.hold()

        with RawServer(stop) as server, socket.create_connection(("127.0.0.1", server.port)) as another:
            visitor.walk(step("visit", server.url, timeout=10.0))
            another.send(b"still there")
        ours.send(b"still there")
        assert theirs.recv(64) == b"still there"


def test_locks_of_databases_are_held_on(tmp_path: Path) -> None:
    """Closing any descriptor of a file drops the locks that this process has on it: two would write at once."""
    file = tmp_path / "synthmon.db"
    elsewhere = (
        f"import sqlite3; sqlite3.connect({str(file)!r}, timeout=0, isolation_level=None).execute('BEGIN IMMEDIATE')"
    )
    ours = sqlite3.connect(file, isolation_level=None)
    try:
        ours.execute("PRAGMA journal_mode=WAL")
        ours.execute("CREATE TABLE kept (x)")
        ours.execute("BEGIN IMMEDIATE")
        with visiting() as visitor, RawServer(visitor.hang_up_on) as server:
            visitor.walk(step("visit", server.url, timeout=10.0))
        tried = subprocess.run([sys.executable, "-c", elsewhere], capture_output=True, text=True, check=False)
    finally:
        ours.close()
    assert "database is locked" in tried.stderr


def test_the_cleanup_is_not_hung_up_on() -> None:
    with visiting() as visitor:

        def stop(connection: Connection) -> None:
            connection.request()
            visitor.stop.asked = True
            assert visitor.transport.hang_up()
            connection.hold()

        def clean(connection: Connection) -> None:
            connection.request()
            assert visitor.transport.hang_up()  # nothing that may be stopped is left
            connection.send(answer(b"{}"))

        with RawServer(stop) as target, RawServer(clean) as tidied:
            seen = visitor.walk(
                step("visit", target.url, timeout=10.0), cleanup=(step("clean", tidied.url, timeout=10.0),)
            )
    assert seen.kind is FailureKind.SHUTDOWN
    assert [one.outcome for one in seen.result.cleanup] == [Outcome.PASSED]
