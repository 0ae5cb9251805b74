"""A handle of libcurl that a thread has not needed for long goes, and with it the authorities that it holds."""

from __future__ import annotations

import time

from synthmon.engine.curl.seat import Seat
from synthmon.engine.curl.transport import UNUSED, CurlTransport
from synthmon.engine.hangup import Lines
from synthmon.engine.limits import Limits
from synthmon.engine.trusted import trusted_certificates


def used(seconds_ago: float) -> tuple[CurlTransport, Seat]:
    transport = CurlTransport(None, trusted_certificates(), Limits(), Lines())
    seat = transport._seat()
    seat.renew("run 1")
    seat.began = time.monotonic() - seconds_ago
    return transport, seat


def test_a_handle_that_was_long_not_used_goes_when_a_run_begins() -> None:
    transport, seat = used(seconds_ago=UNUSED + 1)
    transport.begin("run 2")
    assert seat is not transport._seat()


def test_a_handle_that_is_used_stays() -> None:
    transport, seat = used(seconds_ago=1)
    transport.begin("run 2")
    assert seat is transport._seat()
    transport.close()


def test_a_handle_stays_for_as_long_as_its_run_lasts() -> None:
    transport, seat = used(seconds_ago=UNUSED + 1)
    transport.begin("run 1")
    assert seat is transport._seat()
    transport.close()
