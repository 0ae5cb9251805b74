"""Connections: shared within a run, never between runs, and never a reason to send a request twice by stealth."""

from __future__ import annotations

import threading
from dataclasses import fields
from pathlib import Path

import pytest

from synthmon.model.run import Exchange, ExchangePurpose, FailureKind, Outcome, Phases
from tests.engine.transport.raw import Connection, RawServer, Script, answer
from tests.engine.transport.visit import TIMEOUT, send, visiting
from tests.engine.world import step

pytestmark = pytest.mark.usefixtures("either_way")


def polite(connection: Connection) -> None:
    while connection.request():
        connection.send(answer(b"hello"))


def test_steps_of_a_run_share_a_connection_and_runs_do_not() -> None:
    with RawServer(polite) as server, visiting() as visitor:
        steps = [step(name, server.url) for name in ("first", "second", "third")]
        runs = [visitor.walk(*steps) for _ in range(3)]
        assert server.accepted == 3
    for run in runs:
        assert run.outcome is Outcome.PASSED
        assert [exchange.reused for exchange in run.exchanges] == [False, True, True]


def test_runs_in_many_threads_do_not_share_connections() -> None:
    with RawServer(polite) as server, visiting() as visitor:
        seen: list[bool] = []

        def run() -> None:
            found = visitor.walk(step("first", server.url), step("second", server.url))
            seen.extend(exchange.reused for exchange in found.exchanges)

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT * 3)
        assert server.accepted == 8
    assert sorted(seen) == [False] * 8 + [True] * 8


def closing_after(answers: int, heard: list[bytes], *, reset: bool = False) -> Script:
    """Answers so many requests on a connection, reads one more and goes away without a word; later connections talk."""

    def script(connection: Connection) -> None:
        for number in range(100):
            said = connection.request()
            if not said:
                return
            heard.append(said.split()[0])
            if connection.number == 1 and number == answers:
                if reset:
                    connection.reset()
                return
            connection.send(answer())

    return script


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_things_is_never_sent_twice(method: str, reset: bool) -> None:
    heard: list[bytes] = []
    with RawServer(closing_after(1, heard, reset=reset)) as server, visiting() as visitor:
        seen = visitor.walk(step("first", server.url), step("second", server.url, method))
        assert server.accepted == 1
    assert heard == [b"GET", method.encode()]
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.CONNECT)
    assert (
        seen.failure.message == "the server closed the connection, kept open from the step before, instead of answering"
    )
    assert [exchange.purpose for exchange in seen.exchanges] == [ExchangePurpose.REQUEST] * 2


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_only_reads_is_sent_once_more_over_a_new_connection_and_that_is_shown(method: str, reset: bool) -> None:
    heard: list[bytes] = []
    with RawServer(closing_after(1, heard, reset=reset)) as server, visiting() as visitor:
        seen = visitor.walk(step("first", server.url, method), step("second", server.url, method))
        assert server.accepted == 2
    assert seen.outcome is Outcome.PASSED, seen.failure
    purposes = [ExchangePurpose.REQUEST, ExchangePurpose.REQUEST, ExchangePurpose.RESEND]
    assert [exchange.purpose for exchange in seen.exchanges] == purposes
    assert [exchange.reused for exchange in seen.exchanges] == [False, True, False]
    assert seen.exchanges[1].failure is not None
    assert heard == [method.encode()] * 3


def test_a_new_connection_that_is_closed_without_an_answer_is_not_tried_again() -> None:
    heard: list[bytes] = []
    with RawServer(closing_after(0, heard)) as server, visiting() as visitor:
        seen = visitor.walk(step("first", server.url))
        assert server.accepted == 1
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL)
    assert len(heard) == 1


def test_an_answer_that_broke_off_in_the_middle_is_not_asked_for_again() -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"hello"))
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")

    with RawServer(script) as server, visiting() as visitor:
        seen = visitor.walk(step("first", server.url), step("second", server.url))
        assert server.accepted == 1
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.PROTOCOL)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_closed_between_steps_is_nobodys_failure(method: str) -> None:
    """It is known to be closed before the request goes out, so nothing was sent that could have counted."""
    heard: list[bytes] = []
    closed = threading.Event()

    def script(connection: Connection) -> None:
        while said := connection.request():
            heard.append(said)
            connection.send(answer(b"hello"))
            if connection.number == 1:
                connection.finish()
                closed.set()
                connection.hold()
                return

    with RawServer(script) as server, visiting() as visitor:
        assert send(visitor.transport, "GET", server.url).status_code == 200
        assert closed.wait(TIMEOUT)
        response = send(visitor.transport, method, server.url)
    assert response.status_code == 200
    assert response.extensions["synthmon.wire"].reused is False
    assert len(heard) == 2


def test_a_timeout_on_a_kept_connection_is_not_tried_again() -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"hello"))
        connection.hold()

    with RawServer(script) as server, visiting() as visitor:
        seen = visitor.walk(step("first", server.url), step("second", server.url, timeout=0.4))
        assert server.accepted == 1
    assert (seen.outcome, seen.kind) == (Outcome.FAILED, FailureKind.TIMEOUT)


def test_a_connection_that_the_server_wants_closed_is_not_used_again() -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"hello", "Connection: close"))
        connection.hold()

    with RawServer(script) as server, visiting() as visitor:
        seen = visitor.walk(step("first", server.url), step("second", server.url, "POST"))
        assert server.accepted == 2
    assert seen.outcome is Outcome.PASSED


def parts(exchange: Exchange) -> dict[str, float]:
    """The phases that happened, without their total."""
    return {
        field.name: value
        for field in fields(Phases)
        if field.name != "total" and (value := getattr(exchange.phases, field.name)) is not None
    }


def test_phases_are_those_that_happened_and_add_up_to_the_whole() -> None:
    def script(connection: Connection) -> None:
        while connection.request() and not connection.gone(0.1):
            connection.send(answer(length=10) + b"hello")
            if connection.gone(0.1):
                return
            connection.send(b"world")

    with RawServer(script) as server, visiting() as visitor:
        seen = visitor.walk(step("first", server.url), step("second", server.url))
    new, kept = seen.exchanges
    assert list(parts(new)) == ["dns", "connect", "send", "first_byte", "transfer"]
    assert list(parts(kept)) == ["send", "first_byte", "transfer"]
    for exchange in (new, kept):
        found = parts(exchange)
        assert min(found.values()) >= 0
        assert sum(found.values()) == pytest.approx(exchange.phases.total, abs=0.002)
        assert found["first_byte"] >= 0.09
        assert found["transfer"] >= 0.09


def test_an_exchange_knows_its_address_and_how_much_came() -> None:
    with RawServer(polite) as server, visiting() as visitor:
        (exchange,) = visitor.walk(step("first", server.url)).exchanges
        assert exchange.address == f"127.0.0.1:{server.port}"
    assert (exchange.http_version, exchange.received, exchange.status) == ("1.1", 5, 200)


def test_the_environment_does_not_put_a_proxy_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with RawServer(polite) as server, visiting() as visitor:
        assert visitor.walk(step("first", server.url)).outcome is Outcome.PASSED


def test_a_password_file_in_the_home_signs_nobody_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    heard: list[bytes] = []

    def script(connection: Connection) -> None:
        heard.append(connection.request())
        connection.send(answer(b"hello"))

    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login mallory password pw\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with RawServer(script) as server, visiting() as visitor:
        assert visitor.walk(step("first", server.url)).outcome is Outcome.PASSED
    assert b"authorization" not in heard[0].lower()
