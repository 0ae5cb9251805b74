"""The sockets beneath libcurl: when it may have one, and to whom."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

import pycurl

from synthmon.engine import reserve
from synthmon.engine.address import address as parsed
from synthmon.engine.hangup import inode_of, stopped
from synthmon.engine.ports import Stop
from synthmon.engine.route import DIRECT, Route
from synthmon.model.run import Failure

if TYPE_CHECKING:
    import httpx

_GO_ON = int(pycurl.PREREQFUNC_OK)
_NOWHERE = parsed("http://nowhere.invalid")


class Doorkeeper:
    """Lets libcurl have the sockets that it may have, and knows why one could not be had.

    Whom a connection goes to is asked of the route: here, as only here the address is known that a name, a redirect or
    an odd spelling led to. And libcurl 8.23 sends a request again by itself, a POST too, when a reused connection turns
    out to be closed; whether that may be done is not its to decide, so there is no second socket once the request went
    out. Each socket is noted in `inodes`, by which it can be hung up on.
    """

    def __init__(self, inodes: set[int]) -> None:
        self._inodes = inodes
        self.begin(DIRECT, _NOWHERE, None)

    def begin(self, route: Route, url: httpx.URL, stop: Stop | None) -> None:
        """Forget the exchange before; this one goes to `url`, and no further once the stop is set."""
        self._route, self._url, self._stop = route, url, stop
        self._sent = False
        self.tried: list[str] = []  # addresses, in the order in which connections to them were begun
        self.refused = False
        self.denied: Failure | None = None
        self.error = 0  # why a socket could not be had, as the system's number

    @property
    def reused(self) -> bool:
        """Whether the request went out over a connection that was there already."""
        return self._sent and not self.tried

    def watch(self, handle: pycurl.Curl) -> None:
        handle.setopt(pycurl.PREREQFUNCTION, self._going_out)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    def _going_out(self, *_ends: object) -> int:
        self._sent = True
        return _GO_ON

    def _open(self, _purpose: int, address: Any) -> Any:
        if self._sent:
            self.refused = True
            return pycurl.SOCKET_BAD
        self.denied = self.denied or self._route.refuses_address(self._url, address.addr)
        if self.denied is not None:
            return pycurl.SOCKET_BAD
        self.tried.append(str(address.addr[0]))
        try:
            handed = _Handed(socket.socket(address.family, address.socktype, address.protocol))
        except OSError as error:
            self.error = error.errno or 0
            return pycurl.SOCKET_BAD
        self._inodes.add(inode_of(handed.fileno()))  # before the stop is looked at: who is hung up on is known anyway
        self.denied = stopped(self._stop)
        return handed if self.denied is None else pycurl.SOCKET_BAD


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
