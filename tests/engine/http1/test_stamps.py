"""The instant at which something arrived: by the kernel's stamp where that can be true, by our own clock elsewhere."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from synthmon.engine.http1 import stamps
from synthmon.engine.http1.stamps import ROOM, Ancillary, Stamping, arrived, stamp_arrivals


def stamped(seconds: float) -> list[tuple[int, int, bytes]]:
    whole, rest = divmod(seconds, 1)
    return [(socket.SOL_SOCKET, 35, struct.pack("@ll", int(whole), int(rest * 1e9)))]


class Clocks:
    """Both clocks, standing still until they are read out of step."""

    def __init__(self, monotonic: float, wall: float, steps: Iterator[float]) -> None:
        self._monotonic, self._wall, self._steps = monotonic, wall, steps

    def monotonic(self) -> float:
        self._monotonic += next(self._steps, 0.0)
        return self._monotonic

    def time(self) -> float:
        return self._wall


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "time", Clocks(1000.0, 5_000_000.0, iter(())))


@pytest.mark.usefixtures("clocks")
def test_what_was_read_late_arrived_when_the_kernel_says() -> None:
    assert arrived(stamped(5_000_000.0 - 0.03), 999.9) == pytest.approx(999.97, abs=1e-6)


@pytest.mark.usefixtures("clocks")
@pytest.mark.parametrize("seconds", [-3600.0, -0.2, 0.001, 3600.0])
def test_a_stamp_from_before_the_request_or_from_the_future_is_not_believed(seconds: float) -> None:
    assert arrived(stamped(5_000_000.0 + seconds), 999.9) == 1000.0


@pytest.mark.usefixtures("clocks")
def test_without_a_stamp_it_arrived_when_it_was_read() -> None:
    assert arrived([], 999.9) == 1000.0


@pytest.mark.usefixtures("clocks")
def test_nothing_arrives_before_it_was_asked_for_however_closely() -> None:
    assert arrived(stamped(5_000_000.0 - 0.10001), 999.9) == 999.9


def test_clocks_between_which_we_lost_our_turn_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "time", Clocks(1000.0, 5_000_000.03, iter((0.0, 0.03))))
    assert arrived(stamped(5_000_000.0), 999.9) == pytest.approx(1000.0, abs=1e-6)


@pytest.fixture
def stamping() -> Iterator[None]:
    """The kernel stamps: it begins some time after it was asked to."""
    kept = Stamping()
    kept.begin()
    ends = time.monotonic() + 10
    while not stamped_after(lambda: None)[1] and time.monotonic() < ends:
        pass
    yield
    kept.end()


def stamped_after(wait: Callable[[], None]) -> tuple[float, Ancillary, float]:
    """The instant before something is sent, what is read with it after a while, and the instant after it was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as channel:
        stamp_arrivals(channel)
        channel.connect(listener.getsockname())
        with listener.accept()[0] as server:
            before = time.monotonic()
            server.send(b"x")
            after = time.monotonic()
            wait()
            return before, channel.recvmsg(10, ROOM)[1], after


@pytest.mark.usefixtures("stamping")
def test_the_kernels_stamp_is_of_when_it_came_and_not_of_when_it_was_read() -> None:
    def wait() -> None:
        ends = time.monotonic() + 0.02
        while time.monotonic() < ends:
            pass

    before, ancillary, after = stamped_after(wait)
    assert ancillary
    assert before <= arrived(ancillary, before) < after + 0.02


@pytest.mark.usefixtures("stamping")
def test_whoever_keeps_the_kernel_stamping_has_the_first_answer_of_a_connection_stamped() -> None:
    assert all(stamped_after(lambda: None)[1] for _ in range(20))
