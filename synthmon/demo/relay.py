"""A relay between an agent and what it talks to, so that one region's network can be troubled while others are well.

It carries bytes and knows no protocol: it can be put before a shop, a centre or a database.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import Any

from synthmon.nouns import dataclass

HOST = "127.0.0.1"
_PIECE = 64 * 1024
_GLANCE = 0.02  # seconds between looks at whether a line that is held may go on
_ENDS_WITHIN = 5.0
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing resets the connection instead of ending it


class Line(StrEnum):
    """What the network between both ends does."""

    WELL = "well"
    REFUSED = "refused"  # connections are reset, those that are open as well
    SILENT = "silent"  # nothing arrives in either direction, and nobody is told: a partition
    HALF_OPEN = "half-open"  # what is asked arrives, what is answered does not: the asker cannot know


@dataclass(frozen=True, slots=True)
class Weather:
    """The state of the line; `delay` in seconds is added to each piece in either direction.

    `lost` is the share of new connections, from 0 to 1, that get no answer at all.
    """

    line: Line = Line.WELL
    delay: float = 0.0
    lost: float = 0.0


class Relay:
    """A context manager: inside it, what connects to `port` is carried to `(host, port)` of the target.

    It runs in a thread of its own. `chance` gives numbers from [0, 1), for what is lost.
    """

    def __init__(self, target: tuple[str, int], chance: Callable[[], float], port: int = 0, host: str = HOST) -> None:
        self.target = target  # may be changed: what connects from then on goes there
        self._chance, self._here = chance, (host, port)
        self.weather = Weather()
        self.port = port
        self._ready, self._ending = threading.Event(), threading.Event()
        self._open: set[asyncio.Task[None]] = set()
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join(_ENDS_WITHIN)

    @property
    def connections(self) -> int:
        """How many are being carried now."""
        return len(self._open)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        try:
            server = await asyncio.start_server(self._carry, *self._here)
        except OSError as error:
            self._failed = error
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            while not self._ending.is_set():
                await asyncio.sleep(_GLANCE)
                if self.weather.line is Line.REFUSED:
                    self._cut()
            server.close()
            self._cut()
            await asyncio.gather(*self._open, return_exceptions=True)
            await asyncio.sleep(_GLANCE)  # what was closed is let go in the next turns of the loop

    def _cut(self) -> None:
        for task in self._open:
            task.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._between(reader, writer)
        except (OSError, asyncio.CancelledError):
            _reset(writer)  # whoever is at the other end learns that something broke, as with a real line
        finally:
            self._open.discard(task)
            writer.close()

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.weather.line is Line.REFUSED:
            raise ConnectionResetError
        if self._chance() < self.weather.lost:
            await reader.read()  # takes what comes and says nothing, until the other end gives up
            return
        await self._while_held(Line.SILENT)
        there, back = await asyncio.open_connection(*self.target)
        try:
            await _both(
                self._pump(reader, back, held=(Line.SILENT,)),
                self._pump(there, writer, held=(Line.SILENT, Line.HALF_OPEN)),
            )
        except (OSError, asyncio.CancelledError):
            _reset(back)
            raise
        finally:
            back.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, held: tuple[Line, ...]) -> None:
        while piece := await source.read(_PIECE):
            await self._while_held(*held)
            if self.weather.delay:
                await asyncio.sleep(self.weather.delay)
            sink.write(piece)
            await sink.drain()
        await self._while_held(*held)
        if sink.can_write_eof():
            sink.write_eof()

    async def _while_held(self, *lines: Line) -> None:
        while self.weather.line in lines:
            await asyncio.sleep(_GLANCE)


async def _both(one: Coroutine[Any, Any, None], other: Coroutine[Any, Any, None]) -> None:
    """Until both directions have ended, or one broke: then the other is given up."""
    tasks = [asyncio.create_task(one), asyncio.create_task(other)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _reset(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket | None = writer.get_extra_info("socket")
    with suppress(OSError):  # it may be closed already
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()  # what was not sent yet is lost with the line
