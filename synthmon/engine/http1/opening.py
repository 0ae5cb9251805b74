"""Opens a connection for a run: whom a name leads to, who may be connected to, and how long either took."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from synthmon.engine.fault import TransportFault, Wire, not_connected, timed_out, unresolved
from synthmon.engine.hangup import Lines, stopped
from synthmon.engine.http1.connecting import Connector, Refused
from synthmon.engine.http1.exchange import Opened
from synthmon.engine.http1.line import Line
from synthmon.engine.http1.naming import Place, Unnamed, at_literal, places, places_of
from synthmon.engine.http1.seat import Seat
from synthmon.engine.looking import looked_up_for
from synthmon.engine.names import attribute
from synthmon.engine.ports import Stop
from synthmon.engine.route import is_literal, port_of
from synthmon.engine.way import Way
from synthmon.model.run import Failure, Phases
from synthmon.nouns import dataclass, maker

if TYPE_CHECKING:
    import httpx

_opened = maker(Opened)

MakingSecure = Callable[[Line, Opened, "Opening"], tuple[Line, Opened]]
"""Shakes hands over a connection: see `securing`."""


@dataclass(frozen=True, slots=True)
class Opening:
    """For one exchange to `url`, which `began` then. All is to be over by `deadline`, what comes before the request by
    `until`.
    """

    way: Way
    url: httpx.URL
    seat: Seat
    lines: Lines
    stop: Stop | None
    began: float
    deadline: float
    until: float
    lookup: float  # seconds for asking a resolver of one's own
    secured: MakingSecure | None  # if that is what it is to be

    def opened(self) -> tuple[Line, Opened]:
        """Raises `TransportFault`, and `SpeaksHttp2`."""
        line, opened = self._connected()
        return (line, opened) if self.secured is None else self.secured(line, opened, self)

    def _connected(self) -> tuple[Line, Opened]:
        found, dns = self._places()
        connector = Connector(self._permits, self.lines, self.seat.opened, self.until)
        began = time.monotonic()
        try:
            channel, place, took = connector.connect(found)
        except Refused as refused:
            raise TransportFault(refused.failure, _not_opened(dns, began)) from refused
        except TimeoutError as error:
            wire = _not_opened(dns, began)
            raise TransportFault(timed_out(wire, self.began), wire) from error
        except OSError as error:
            wire = _not_opened(dns, began)
            raise TransportFault(not_connected(error.errno or 0, error.strerror or "", wire), wire) from error
        host, port = place[1]
        line = Line(channel, host, port, fallback=host != connector.tried[0])
        return line, _opened(dns, took)

    def _places(self) -> tuple[list[Place], float]:
        """Where a connection may go, and the seconds that it took to find out."""
        way, port, version = self.way, port_of(self.url), self.way.route.network.ip_version
        found: list[Place] | Unnamed
        if way.looked is None or way.looked.addresses:
            looked = way.looked or looked_up_for(way, self.seat.names, self.deadline, self.lookup, self.stop)
            found, took = places(looked.addresses, port, version), looked.took
        elif is_literal(way.host):
            found, took = at_literal(way.host, port), 0.0
        else:
            began = time.monotonic()
            found = places_of(way.host, port, version, self.until - began, self.stop)
            took = time.monotonic() - began
        if isinstance(found, Unnamed) and found.silent:
            wire = _unnamed(took)
            raise TransportFault(unresolved(wire), wire)
        if not found or isinstance(found, Unnamed):
            raise TransportFault(attribute(way.host, self.deadline, self.stop), _unnamed(took))
        return found, took

    def _permits(self, address: tuple[str, int]) -> Failure | None:
        return self.way.refuses_address(self.url, address) or stopped(self.stop)


def _unnamed(took: float) -> Wire:
    return Wire(Phases(dns=took, total=took), phase="dns")


def _not_opened(dns: float, began: float) -> Wire:
    took = time.monotonic() - began
    return Wire(Phases(dns=dns, connect=took, total=dns + took), phase="connect")
