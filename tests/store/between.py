"""A proxy between a store and a PostgreSQL server: it can swallow the answer to a commit, and cut what is open."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress


class Between:
    """Listens on a port of its own and passes bytes on, until it is told otherwise."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.commits_to_swallow = 0
        self.swallowed = 0
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._thread("accept", self._accept)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every connection."""
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            _reset(end)

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                with self._lock:
                    self._open += [client, server]
                silenced = threading.Event()
                self._thread("up", self._up, client, server, silenced)
                self._thread("down", self._down, client, server, silenced)

    def _up(self, client: socket.socket, server: socket.socket, silenced: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if b"COMMIT" in data and self.commits_to_swallow:
                    self.commits_to_swallow -= 1
                    silenced.set()
                server.sendall(data)
        _reset(server)

    def _down(self, client: socket.socket, server: socket.socket, silenced: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if silenced.is_set():  # it has committed, and nobody will hear of it
                    self.swallowed += 1
                    break
                client.sendall(data)
        _reset(client)

    def _thread(self, name: str, work: object, *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, name=f"between-{name}", daemon=True).start()  # type: ignore[arg-type]


def _reset(end: socket.socket) -> None:
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
