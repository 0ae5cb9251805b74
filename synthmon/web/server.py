"""Serves the site from a thread of its own, so that neither pages nor probes wait for each other."""

from __future__ import annotations

import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from synthmon.errors import ConfigurationError

STOP_WITHIN = 5.0  # seconds


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises `ConfigurationError` that names the address and how to choose another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off; without, answers on kept connections take 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"the status page cannot listen on {host}:{port}: {error.strerror}",
            hint="choose another address with SYNTHMON_WEB_BIND=127.0.0.1:PORT or `web: {bind: …}`",
        ) from error
    listener.listen(128)
    return listener


class WebServer:
    """Starts at once and stops within five seconds."""

    def __init__(self, site: ASGIApp, listener: socket.socket) -> None:
        config = uvicorn.Config(
            site, log_config=None, access_log=False, server_header=False, lifespan="off", timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._listener = listener
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

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
