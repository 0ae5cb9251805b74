"""A target that cannot be connected to, or breaks the connection: whose fault, which kind, and how soon it is known."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pycurl
import pytest

from synthmon.engine import names
from synthmon.engine.curl.codes import explain
from synthmon.engine.fault import Wire
from synthmon.engine.limits import Limits
from synthmon.engine.names import attribute
from synthmon.model.run import FailureKind, Outcome, Phases
from tests.descriptors import few_left, none_left
from tests.engine.transport.dns_server import NOTHING, SERVFAIL, DnsServer, Says
from tests.engine.transport.raw import Connection, RawServer, answer, saying
from tests.engine.transport.visit import visit, visiting
from tests.engine.transport.ways import OWN_SOCKETS, only
from tests.engine.world import step

pytestmark = pytest.mark.usefixtures("either_way")


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_refused_connection_is_known_at_once_and_is_no_timeout() -> None:
    with visiting() as visitor:
        seen = visitor.walk(step("visit", f"http://127.0.0.1:{unused_port()}/", timeout=3.0))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.CONNECT)
    assert seen.failure.message == "the connection was refused: nothing listens there"
    assert seen.took < 2.0


def test_a_connection_reset_before_the_answer_is_the_targets_failure() -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.reset()

    seen = visit(script)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.CONNECT)
    assert seen.failure.message == "the server reset the connection while waiting for the first byte"


def test_a_connection_reset_in_the_middle_of_the_body_says_how_much_had_come() -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"x" * 500, length=100_000))
        connection.gone(0.2)
        connection.reset()

    seen = visit(script)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.CONNECT)
    assert seen.failure.message == "the server reset the connection while the answer was read"
    assert seen.exchanges[0].received == 500
    assert seen.exchanges[0].status is None


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose queue of connections is full: Linux then drops what knocks, as a black hole would."""
    with a_full_backlog() as listener:
        yield listener.getsockname()[1]


@contextlib.contextmanager
def a_full_backlog() -> Iterator[socket.socket]:
    """What listens there, for whoever empties the queue later."""
    with socket.socket() as listener, contextlib.ExitStack() as knocking:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = knocking.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener


def test_a_target_that_swallows_connections_fails_when_the_time_for_connecting_is_over() -> None:
    with full_backlog() as port, visiting(limits=Limits(connect=0.4)) as visitor:
        seen = visitor.walk(step("visit", f"http://127.0.0.1:{port}/", timeout=5.0))
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
    assert "while connecting" in seen.failure.message
    assert seen.took < 3.0
    assert seen.step.phases.connect is not None
    assert seen.step.phases.first_byte is None


def test_a_target_that_accepts_and_never_answers_fails_at_the_steps_timeout() -> None:
    seen = visit(Connection.hold, timeout=0.4)
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
    assert "while waiting for the first byte" in seen.failure.message
    assert seen.failure.detail == "first_byte"
    assert seen.took >= 0.4


def test_a_name_that_does_not_exist_is_the_targets_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert attribute_when(socket.EAI_NONAME, monkeypatch) is FailureKind.DNS


@pytest.mark.parametrize("code", [socket.EAI_AGAIN, socket.EAI_SYSTEM])
def test_a_resolver_that_fails_is_our_error(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert attribute_when(code, monkeypatch) is FailureKind.RESOLVER


@only(OWN_SOCKETS)
@pytest.mark.parametrize(
    ("says", "kind"),
    [(SERVFAIL, FailureKind.DNS), (NOTHING, FailureKind.RESOLVER), (Says(("127.0.0.1",)), FailureKind.RESOLVER)],
    ids=["the name's servers fail", "silence", "an answer after all"],
)
def test_where_the_system_does_not_say_why_its_resolvers_are_asked(
    says: Says, kind: FailureKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "PATIENCE", 0.6)
    with DnsServer({"shop.test": says}) as server:
        assert attribute_when(socket.EAI_AGAIN, monkeypatch, (server.address,)) is kind


def attribute_when(code: int, monkeypatch: pytest.MonkeyPatch, servers: tuple[str, ...] = ()) -> FailureKind:
    """The one place where the system is played: no loopback can make its resolver fail on demand."""

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "as told")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setattr(names, "system_servers", lambda: servers)
    return attribute("shop.test", deadline=float("inf")).kind


def test_a_resolver_that_stays_silent_until_the_time_is_over_is_our_error() -> None:
    silent = Wire(Phases(dns=3.0, total=3.0), phase="dns")
    failure = explain(pycurl.E_OPERATION_TIMEDOUT, "Resolving timed out after 3000 milliseconds", 0, silent)
    assert failure.kind is FailureKind.RESOLVER
    assert failure.message == "no resolver answered within 3.00 s"


@pytest.mark.parametrize(
    "number", [errno.EMFILE, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EPERM, errno.EAFNOSUPPORT]
)
def test_a_connection_that_this_machine_cannot_make_is_our_error(number: int) -> None:
    failure = explain(pycurl.E_COULDNT_CONNECT, os.strerror(number), number, Wire(Phases(total=0.1), phase="connect"))
    assert failure.kind is FailureKind.RESOURCE
    assert failure.kind.is_ours


def test_a_run_out_of_file_descriptors_is_our_error_and_not_an_outage() -> None:
    with RawServer(Connection.hold) as server, visiting() as visitor:
        visitor.walk(step("warm", server.url, timeout=0.1))
        with none_left():
            seen = visitor.walk(step("visit", server.url, timeout=2.0))
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.RESOURCE), seen.failure


def test_runs_leave_the_last_file_descriptors_to_pages_and_notifications() -> None:
    with RawServer(Connection.hold) as server, visiting() as visitor:
        with RawServer(saying(answer(b"", "Connection: close"))) as other:  # whose descriptors are free again before
            visitor.walk(step("warm", other.url))
        with few_left(2):
            seen = visitor.walk(step("visit", server.url, timeout=2.0))
            with Path(os.devnull).open("rb"), socket.socket():
                pass
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.RESOURCE), seen.failure


def test_a_stop_breaks_off_a_running_exchange_and_is_no_failure_of_the_target() -> None:
    with visiting() as visitor, RawServer(visitor.hang_up_on) as server:
        seen = visitor.walk(step("visit", server.url, timeout=10.0))
    assert (seen.outcome, seen.kind) == (Outcome.ERROR, FailureKind.SHUTDOWN)
    assert seen.took < 3.0
