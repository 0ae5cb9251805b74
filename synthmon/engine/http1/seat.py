"""What a thread keeps for its exchanges over sockets: the connections of one run, and what reads their answers."""

from __future__ import annotations

import socket

from synthmon.engine.hangup import Lines
from synthmon.engine.http1.line import Line
from synthmon.engine.http1.message import Incoming
from synthmon.engine.limits import Limits
from synthmon.engine.reader import Reader
from synthmon.engine.way import Origin, Way


class Seat:
    """`opened` are the sockets that may be shut from outside, while `lines` knows them; `kept` those good for more, by
    whom they lead to: who takes one puts it back, if it still is.
    """

    def __init__(self, limits: Limits, lines: Lines) -> None:
        self.reader = Reader(limits)
        self.incoming = Incoming(self.reader)
        self.opened: set[socket.SocketType] = set()
        self.names: dict[str, tuple[str, ...]] = {}  # host -> addresses, of those that we look up
        self.kept: dict[Origin, Line] = {}
        self.ways: dict[Origin, Way] = {}
        self._lines = lines

    def begin(self) -> None:
        """Close what is open: a run begins with nothing that another has."""
        for line in self.kept.values():
            self.drop(line)
        while self.opened:  # by an exchange that was broken off in our own code
            self.opened.pop().close()
        self.kept, self.ways, self.names = {}, {}, {}

    def drop(self, line: Line) -> None:
        """It is good for nothing more."""
        self._lines.release(self.opened, line.channel)
        line.close()

    def __del__(self) -> None:
        """Its thread has ended, and nobody else can know what it kept."""
        for line in self.kept.values():
            line.close()
