"""When bytes arrived: the kernel's stamp, told on the clock by which everything else of an exchange is timed."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

_STAMP = 35  # SO_TIMESTAMPNS, and what it is called on arrival; of Linux
_SPEC = struct.Struct("@ll")
ROOM = socket.CMSG_SPACE(_SPEC.size)
"""Bytes that a stamp takes beside what is read."""

_TOGETHER = 0.00005  # seconds within which two clocks count as read together
_TRIES = 5
_BLUR = 0.00005  # seconds by which a stamp may seem too early or too late because two clocks are compared

Ancillary = Sequence[tuple[int, int, bytes]]


def stamp_arrivals(channel: socket.SocketType) -> None:
    """Have the kernel stamp what comes."""
    try:
        channel.setsockopt(socket.SOL_SOCKET, _STAMP, 1)
    except OSError:
        return  # our own clock is all there is


class Stamping:
    """Keeps the kernel stamping. It begins some time after the first socket asks for it, and ends with the last: the
    first answer of every run would have no stamp.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: socket.socket | None = None

    def begin(self) -> None:
        with self._lock, suppress(OSError):
            if self._idle is None:
                self._idle = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                stamp_arrivals(self._idle)

    def end(self) -> None:
        with self._lock:
            if self._idle is not None:
                self._idle.close()
                self._idle = None


def arrived(ancillary: Ancillary, since: float) -> float:
    """The instant, of `time.monotonic`, at which that came which has just been read.

    The stamp is of the wall's clock, which may be set at any moment: what lies before `since`, when nothing could have
    come yet, or after now, is not believed.
    """
    now = time.monotonic()
    if not ancillary:
        return now
    seconds, nanoseconds = _SPEC.unpack(ancillary[0][2])
    tries = _TRIES
    while tries:
        at = now - (time.time() - (seconds + nanoseconds / 1e9))  # noqa: TID251 - the clock that the kernel stamps with
        later = time.monotonic()
        if later - now < _TOGETHER:
            return at if since <= at <= now else _believed(at, since, now)
        now = later
        tries -= 1
    return now


def _believed(at: float, since: float, now: float) -> float:
    return since if since - _BLUR <= at < since else now
