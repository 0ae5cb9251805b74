"""The relay carries what it is given, and troubles the line as it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from synthmon.demo.relay import Line, Relay, Weather

PATIENCE = 10.0
A_MOMENT = 0.3  # what does not arrive within it is held


class Echo:
    """Answers every piece with the same piece; remembers what arrived."""

    def __init__(self) -> None:
        self.heard = b""
        self.changed = threading.Condition()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                while piece := connection.recv(65536):
                    with self.changed:
                        self.heard += piece
                        self.changed.notify_all()
                    connection.sendall(piece)
            except OSError:
                return

    def wait_for(self, text: bytes) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: text in self.heard, PATIENCE)

    def close(self) -> None:
        with suppress(OSError):  # it is closed already
            self._socket.shutdown(socket.SHUT_RDWR)  # or a thread that waits for somebody would keep it open
        self._socket.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def relay(echo: Echo) -> Iterator[Relay]:
    with Relay(echo.address, chance=lambda: 0.5) as made:
        yield made


def connect(relay: Relay, patience: float = PATIENCE) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=patience)


def is_reset(relay: Relay) -> bool:
    """Whether a new connection is ended with an error, or at least without a word."""
    try:
        with connect(relay) as line:
            line.sendall(b"hello")
            return line.recv(100) == b""
    except ConnectionError:
        return True


def test_what_is_sent_arrives_and_the_answer_comes_back_until_the_end(relay: Relay) -> None:
    with connect(relay) as line:
        line.sendall(b"hello")
        assert line.recv(100) == b"hello"
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) == b""


def test_much_is_carried_whole(relay: Relay) -> None:
    sent = bytes(range(256)) * 8192
    with connect(relay) as line:
        threading.Thread(target=line.sendall, args=(sent,), daemon=True).start()
        got = b""
        while len(got) < len(sent) and (piece := line.recv(65536)):
            got += piece
    assert got == sent


def test_a_refused_line_resets_those_that_are_open_and_those_that_come(relay: Relay) -> None:
    with connect(relay) as line:
        line.sendall(b"hello")
        line.recv(100)
        relay.weather = Weather(Line.REFUSED)
        with pytest.raises(ConnectionError):
            line.recv(100)
    assert is_reset(relay)


def test_on_a_silent_line_nothing_arrives_and_nobody_is_told_until_it_is_well(relay: Relay, echo: Echo) -> None:
    with connect(relay) as line:
        line.sendall(b"before")
        line.recv(100)
        relay.weather = Weather(Line.SILENT)
        line.sendall(b"during")
        line.settimeout(A_MOMENT)
        with pytest.raises(TimeoutError):
            line.recv(100)
        assert b"during" not in echo.heard
        relay.weather = Weather()
        line.settimeout(PATIENCE)
        assert line.recv(100) == b"during"


def test_on_a_half_open_line_what_is_asked_arrives_and_what_is_answered_does_not(relay: Relay, echo: Echo) -> None:
    relay.weather = Weather(Line.HALF_OPEN)
    with connect(relay) as line:
        line.sendall(b"did you get it?")
        assert echo.wait_for(b"did you get it?")
        line.settimeout(A_MOMENT)
        with pytest.raises(TimeoutError):
            line.recv(100)


def test_of_connections_some_can_be_lost(relay: Relay, echo: Echo) -> None:
    relay.weather = Weather(lost=0.6)  # chance always says 0.5
    with connect(relay, A_MOMENT) as line:
        line.sendall(b"hello")
        with pytest.raises(TimeoutError):
            line.recv(100)
    assert echo.heard == b""


def test_a_target_that_is_not_there_is_a_connection_that_breaks(echo: Echo) -> None:
    echo.close()
    with Relay(echo.address, chance=lambda: 0.5) as relay:
        assert is_reset(relay)


def test_a_port_that_is_taken_is_said_at_once(relay: Relay, echo: Echo) -> None:
    with pytest.raises(OSError, match="in use"), Relay(echo.address, chance=lambda: 0.5, port=relay.port):
        pass
