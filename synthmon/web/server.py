"""Serves the site from a thread of its own, so that neither pages nor probes wait for each other."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

import uvicorn

from synthmon.errors import ConfigurationError
from synthmon.events import Events
from synthmon.web.headers import HEADERS_WITHIN, STOPPING, within

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_log = Events()

STOP_WITHIN = 5.0  # seconds
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE = 0.5  # seconds; asyncio looks again after one


class _Listener(socket.socket):
    """When nothing is left to accept a connection with, says so once and then that nobody knocks, for a moment.

    Told so each time, asyncio would ask two thousand times in a row, and set a timer for each that does the same.
    """

    _scarce_until = 0.0

    def accept(self) -> tuple[socket.socket, Any]:
        if monotonic() < self._scarce_until:
            raise BlockingIOError(errno.EAGAIN, "nothing is accepted for a moment")
        try:
            return super().accept()
        except OSError as error:
            if error.errno in _SCARCE:
                self._scarce_until = monotonic() + _PAUSE
            raise


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_tell)
        await super().startup(sockets)


def _tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in _SCARCE:
        _log.error("web.not_accepting", error=error.strerror, hint="raise the limit of open files (`ulimit -n`)")
    else:
        loop.default_exception_handler(context)


SETTING = "SYNTHMON_WEB_BIND=127.0.0.1:PORT or `web: {bind: …}`"


def listen(host: str, port: int, what: str = "status page", where: str = SETTING) -> socket.socket:
    """A listening socket; raises `ConfigurationError` that names the address and how to choose another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off; without, answers on kept connections take 40 ms.
    listener = _Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"the {what} cannot listen on {host}:{port}: {error.strerror}",
            hint=f"choose another address with {where}",
        ) from error
    listener.listen(128)
    return listener


class WebServer:
    """Starts at once and stops within five seconds.

    `proxies`, and those on this machine, are believed when they say from where and by what scheme somebody came. The
    headers of a request have to come within so many seconds.
    """

    def __init__(
        self,
        site: ASGIApp,
        listener: socket.socket,
        proxies: Sequence[str] = (),
        headers_within: float = HEADERS_WITHIN,
    ) -> None:
        config = uvicorn.Config(
            self._told(site),
            http=within(headers_within),
            ws="none",  # nobody asks for one here, and the library for it would be loaded
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            forwarded_allow_ips=["127.0.0.1", "::1", *proxies],
        )
        self._server = _Server(config)
        self._listener = listener
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def _told(self, site: ASGIApp) -> ASGIApp:
        """Whoever waits within a request can see that the server is about to end."""

        async def told(scope: Scope, receive: Receive, send: Send) -> None:
            await site({**scope, STOPPING: lambda: self._server.should_exit}, receive, send)

        return told

    def start(self) -> None:
        self._thread.start()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(STOP_WITHIN)

    def _serve(self) -> None:
        self._server.run(sockets=[self._listener])
