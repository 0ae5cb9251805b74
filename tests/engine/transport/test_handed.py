"""A request that the kernel had long before libcurl looked at its clock again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pycurl
import pytest

from synthmon.engine.curl.handed import handed_over
from synthmon.engine.curl.measured import wire_of
from synthmon.engine.route import DIRECT

WAITED = 0.06  # seconds; what is held against it may be off by a tick of the kernel, which is 4 ms, or 10 on a few
TICKS = 20_000  # microseconds


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, float]]:
    """A connection over which a request went out `WAITED` ago, and when by the monotonic clock."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as made:
        began = time.monotonic()
        made.sendall(b"GET / HTTP/1.1\r\n\r\n")
        threading.Event().wait(WAITED)
        yield made, began


def microseconds(since: float) -> int:
    return int((time.monotonic() - since) * 1e6)


def test_it_was_sent_when_the_kernel_had_it(line: tuple[socket.socket, float]) -> None:
    channel, began = line
    late = microseconds(began)

    assert handed_over(channel.fileno(), began, 0, late) <= late - WAITED * 1e6 + TICKS
    assert handed_over(channel.fileno(), began, late - 10_001, late) == late - 10_001  # never before it began
    assert handed_over(channel.fileno(), began, late - 9_999, late) == late  # too little to ask for
    assert handed_over(-1, began, 0, late) == late


@pytest.mark.parametrize("reused", [True, False])
def test_the_wait_for_an_answer_is_none_for_sending_where_libcurl_marked_it_late(
    line: tuple[socket.socket, float], reused: bool
) -> None:
    channel, began = line
    late = microseconds(began)
    said = {
        pycurl.NAMELOOKUP_TIME_T: 1,
        pycurl.CONNECT_TIME_T: 2,
        pycurl.TOTAL_TIME_T: late + 40,
        pycurl.STARTTRANSFER_TIME_T: late + 20,
        pycurl.POSTTRANSFER_TIME_T: late,
        pycurl.ACTIVESOCKET: channel.fileno(),
        pycurl.PRIMARY_IP: "127.0.0.1",
    }
    seat: Any = SimpleNamespace(
        handle=SimpleNamespace(getinfo=lambda name: said.get(name, 0)),
        reader=SimpleNamespace(began=True, received=2),
        door=SimpleNamespace(reused=reused, tried=[]),
        began=began,
    )
    way: Any = SimpleNamespace(secure=False, route=DIRECT)
    phases = wire_of(seat, way, SimpleNamespace(took=0.0)).phases  # type: ignore[arg-type]

    assert (phases.send or 0) <= late / 1e6 - WAITED + TICKS / 1e6
    assert (phases.send or 0) + (phases.first_byte or 0) == pytest.approx((late + 20) / 1e6, abs=1e-5)
