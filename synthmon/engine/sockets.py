"""The sockets beneath libcurl: when it may have one, and whether a kept one is still any good."""

from __future__ import annotations

import os
import select
import socket
from typing import Any

import pycurl

from synthmon.engine import reserve

_HUNG_UP = getattr(select, "POLLRDHUP", 0)  # Linux; elsewhere only a connection closed on both sides is noticed


def hung_up(descriptor: int | None) -> bool:
    """Whether the other side has closed a kept connection: what is sent over it now would never be answered.

    libcurl 8.23 looks only at connections that were idle for a second.
    """
    if descriptor is None or descriptor < 0:
        return False
    poll = select.poll()
    poll.register(descriptor, _HUNG_UP)
    return bool(poll.poll(0))


class SecondSocket:
    """Refuses libcurl a second socket once the request went out, and knows why the first could not be had.

    libcurl 8.23 sends a request again by itself, a POST too, when a reused connection turns out to be closed. Whether
    that may be done is not its to decide.
    """

    def __init__(self) -> None:
        self._sent = False
        self._opened = False
        self.refused = False
        self.error = 0  # why a socket could not be had, as the system's number

    @property
    def reused(self) -> bool:
        """Whether the request went out over a connection that was there already."""
        return self._sent and not self._opened

    def watch(self, handle: pycurl.Curl) -> None:
        handle.setopt(pycurl.PREREQFUNCTION, self._going_out)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    def _going_out(self, *_ends: object) -> int:
        self._sent = True
        return int(pycurl.PREREQFUNC_OK)

    def _open(self, _purpose: int, address: Any) -> Any:
        if self._sent:
            self.refused = True
            return pycurl.SOCKET_BAD
        self._opened = True
        try:
            return _Handed(socket.socket(address.family, address.socktype, address.protocol))
        except OSError as error:
            self.error = error.errno or 0
            return pycurl.SOCKET_BAD


class _Handed:
    """A socket for pycurl, which takes a duplicate of the descriptor and lets go of this at once."""

    def __init__(self, made: socket.socket) -> None:
        self._made = made
        reserve.check(made.fileno())
        os.close(os.dup(made.fileno()))  # pycurl would not say that there was no descriptor left for its duplicate

    def fileno(self) -> int:
        return self._made.fileno()

    def __del__(self) -> None:
        self._made.close()
