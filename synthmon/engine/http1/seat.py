"""What a thread keeps for its exchanges over sockets: the connections of one run, and what reads their answers."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from synthmon.engine.hangup import Lines
from synthmon.engine.http1.line import Line
from synthmon.engine.http1.message import Incoming
from synthmon.engine.limits import Limits
from synthmon.engine.reader import Reader
from synthmon.engine.route import Route, origin_of
from synthmon.engine.way import Way, way_of

if TYPE_CHECKING:
    import httpx

Origin = tuple[str, bytes]


class Seat:
    """`opened` are the sockets that may be shut from outside, while `lines` knows them; `kept` those good for
    more, all of `run`.
    """

    def __init__(self, limits: Limits, lines: Lines) -> None:
        self.reader = Reader(limits)
        self.incoming = Incoming(self.reader)
        self.opened: set[socket.socket] = set()
        self.names: dict[str, tuple[str, ...]] = {}  # host -> addresses, of those that we look up
        self._lines = lines
        self._kept: dict[Origin, Line] = {}
        self._ways: dict[Origin, tuple[Route, Way]] = {}
        self.run: object = None

    def begin(self, run: object) -> None:
        """Close what is open, unless it is of this run: one begins with nothing that another has."""
        if run is not None and run == self.run:
            return
        for line in self._kept.values():
            self._close(line)
        while self.opened:  # by an exchange that was broken off in our own code
            self.opened.pop().close()
        self._kept, self._ways, self.names, self.run = {}, {}, {}, run

    def way_to(self, url: httpx.URL, route: Route) -> Way:
        origin = origin_of(url)
        known = self._ways.get(origin)
        if known is not None and known[0] is route:
            return known[1]
        way = way_of(route, url)
        self._ways[origin] = route, way
        return way

    def taken(self, origin: Origin, *, fresh: bool) -> Line | None:
        """The connection that is kept for an origin, if it is still any good; it is kept no more."""
        line = self._kept.pop(origin, None)
        if line is None or not (fresh or line.gone()):
            return line
        self._close(line)
        return None

    def keep(self, origin: Origin, line: Line) -> None:
        line.used = True
        self._kept[origin] = line

    def drop(self, line: Line) -> None:
        """It is good for nothing more."""
        self._close(line)

    def __del__(self) -> None:
        """Its thread has ended, and nobody else can know what it kept."""
        for line in self._kept.values():
            line.close()

    def _close(self, line: Line) -> None:
        self._lines.release(self.opened, line.channel)
        line.close()
