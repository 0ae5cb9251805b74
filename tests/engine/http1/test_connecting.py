"""The first address that answers is connected to, the others are let go of, and none that may not be is tried."""

from __future__ import annotations

import signal
import socket
import struct
import threading
import time
from contextlib import closing

import pytest

from synthmon.engine.hangup import Lines
from synthmon.engine.http1 import connecting
from synthmon.engine.http1.connecting import Connector, Refused
from synthmon.engine.http1.naming import Place
from synthmon.model.run import Failure, FailureKind
from tests.engine.transport.test_connecting import full_backlog, unused_port

V4, V6 = socket.AF_INET, socket.AF_INET6


def connector(until: float = 5.0, denied: str | None = None) -> Connector:
    def permits(address: tuple[str, int]) -> Failure | None:
        return Failure(FailureKind.POLICY, "not there") if address[0] == denied else None

    return Connector(permits, Lines(), set(), time.monotonic() + until)


def test_an_address_that_refuses_is_followed_by_the_next_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        there = connector()
        channel, place, took = there.connect([(V6, ("::1", port)), (V4, ("127.0.0.1", port))])
        with closing(channel):
            assert (place[1][0], there.tried) == ("127.0.0.1", ["::1", "127.0.0.1"])
            assert channel.getpeername() == ("127.0.0.1", port)
            assert channel.getblocking()
            assert there.opened == {channel}
        assert 0 <= took < connecting.APART


def test_an_address_that_is_silent_is_overtaken_by_the_next_after_a_while() -> None:
    with full_backlog() as silent, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        there = connector()
        channel, place, took = there.connect([(V4, ("127.0.0.1", silent)), (V4, ("127.0.0.1", port))])
        with closing(channel):
            assert place[1][1] == port
            assert there.opened == {channel}
        assert took >= connecting.APART


@pytest.mark.parametrize("several", [False, True])
def test_where_nobody_answers_the_time_runs_out_and_nothing_stays_open(several: bool) -> None:
    with full_backlog() as silent:
        there = connector(until=0.3 if several else 0.05)
        with pytest.raises(TimeoutError):
            there.connect([(V4, ("127.0.0.1", silent))] * (2 if several else 1))
    assert there.opened == set()


@pytest.mark.parametrize("several", [False, True])
def test_whoever_is_interrupted_while_connecting_waits_no_longer_than_he_may(several: bool) -> None:
    main, heard = threading.get_ident(), list[int]()

    def hear(number: int, _frame: object) -> None:
        heard.append(number)
        assert len(heard) < 2, "the time is long over"

    before = signal.signal(signal.SIGUSR1, hear)
    interrupting = [threading.Timer(at, signal.pthread_kill, (main, signal.SIGUSR1)) for at in (0.05, 3.0)]
    try:
        with full_backlog() as silent:
            for one in interrupting:
                one.start()
            with pytest.raises(TimeoutError):
                connector(until=0.3).connect([(V4, ("127.0.0.1", silent))] * (2 if several else 1))
        assert heard == [signal.SIGUSR1]
    finally:
        for one in interrupting:
            one.cancel()
            one.join()
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("several", [False, True])
def test_where_all_refuse_that_is_what_is_told_and_nothing_stays_open(several: bool) -> None:
    places: list[Place] = [(V4, ("127.0.0.1", unused_port()))]
    there = connector()
    with pytest.raises(ConnectionRefusedError):
        there.connect(places * (2 if several else 1))
    assert there.opened == set()


@pytest.mark.parametrize("first", [True, False])
def test_an_address_that_this_machine_has_no_way_to_does_not_hide_that_the_target_refuses(first: bool) -> None:
    places: list[Place] = [(V4, ("127.0.0.1", unused_port())), (V4, ("255.255.255.255", 80))]
    with pytest.raises(ConnectionRefusedError):
        connector().connect(places if first else places[::-1])


def test_where_this_machine_has_no_way_to_any_address_that_is_what_is_told() -> None:
    with pytest.raises(OSError, match="Network is unreachable"):
        connector().connect([(V4, ("255.255.255.255", 80))] * 2)


@pytest.mark.parametrize("begun", [True, False])
def test_what_may_not_be_reached_is_not_tried_nor_is_anything_after_it(
    begun: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "APART", 0.01)
    with full_backlog() as silent, socket.create_server(("127.0.0.1", 0)) as listener:
        there = connector(0.3, denied="127.0.0.2")
        after: list[Place] = [(V4, ("127.0.0.2", silent)), (V4, listener.getsockname())]
        with pytest.raises(Refused):
            there.connect([(V4, ("127.0.0.1", silent)), *after] if begun else after)
    assert (there.tried, there.opened) == (["127.0.0.1"] if begun else [], set())


class Told:
    """A socket of which the kernel says that."""

    def __init__(self, trip: int, again: int) -> None:
        self._info = bytearray(104)
        struct.pack_into("@I", self._info, 68, trip)
        struct.pack_into("@I", self._info, 100, again)

    def getsockopt(self, *_: int) -> bytes:
        return bytes(self._info)


@pytest.mark.parametrize(
    ("trip", "again", "found"), [(700, 0, 0.0007), (90_000, 0, 0.03), (700, 1, 0.03), (0, 0, 0.03)]
)
def test_a_handshake_took_what_the_kernel_measured_unless_something_was_sent_again(
    trip: int, again: int, found: float
) -> None:
    assert connecting._by_the_kernel(Told(trip, again), 0.03) == found  # type: ignore[arg-type]


def test_the_kernel_measures_a_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as made:
        assert 0 < connecting._by_the_kernel(made, 5.0) < 5.0
