"""A server of plain sockets that says exactly the bytes it is told to, well formed or not."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType

PATIENCE = 20.0  # seconds after which a script gives up, so that no test hangs

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)


class Connection:
    """One accepted connection, for a script to talk over."""

    def __init__(self, channel: socket.socket, number: int, stopped: threading.Event) -> None:
        self.number = number  # 1 for the first that the server accepted
        self._socket, self.stopped = channel, stopped
        self._unread = b""

    def request(self) -> bytes:
        """The next request, head and body as its Content-Length says; empty when the client has closed."""
        while b"\r\n\r\n" not in self._unread:
            if not self._more():
                return b""
        end = self._unread.index(b"\r\n\r\n") + 4
        found = _LENGTH.search(self._unread[:end])
        end += int(found[1]) if found else 0
        while len(self._unread) < end and self._more():
            pass
        taken, self._unread = self._unread[:end], self._unread[end:]
        return taken

    def beginning(self, least: int) -> bytes:
        """What has come of a request once it is so many bytes."""
        while len(self._unread) < least and self._more():
            pass
        return self._unread

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def drip(self, data: bytes, every: float) -> None:
        """One byte at a time, until the client goes away."""
        for place in range(len(data)):
            self.send(data[place : place + 1])
            if self.gone(every):
                return

    def gone(self, within: float) -> bool:
        """Whether the client closes, or the server is stopped, within so many seconds."""
        if self.stopped.is_set():
            return True
        readable, _, _ = select.select([self._socket], [], [], within)
        return bool(readable) and not self._more()

    def hold(self) -> None:
        """Say nothing until the client goes away."""
        while self._more():
            pass

    def finish(self) -> None:
        """Say that nothing more will come, and go on listening."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def goodbye(self) -> None:
        """Say in TLS that nothing more will come, and leave the connection open."""
        assert isinstance(self._socket, ssl.SSLSocket)
        self._socket.setblocking(False)
        with contextlib.suppress(ssl.SSLWantReadError):
            self._socket.unwrap()

    def farewell(self) -> bool:
        """Whether the client says in TLS that nothing more will come, before it closes."""
        assert isinstance(self._socket, ssl.SSLSocket)
        self._socket.suppress_ragged_eofs = False  # type: ignore[attr-defined]  # it is documented as an argument only
        try:
            return self._socket.recv(1) == b""
        except ssl.SSLError:
            return False

    def cut(self) -> None:
        """End the connection below TLS, without its goodbye."""
        bare = socket.socket(fileno=self._socket.detach())
        bare.shutdown(socket.SHUT_RDWR)
        bare.close()

    def _more(self) -> bool:
        if self.stopped.is_set():
            return False
        piece = self._socket.recv(65536)
        self._unread += piece
        return bool(piece)


Script = Callable[[Connection], None]


class RawServer:
    """Listens on loopback and runs `script` for each connection in a thread. What came in is in `requests`."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self._script, self._tls = script, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._stopped = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> RawServer:
        accepting = threading.Thread(target=self._accept, daemon=True)
        self._threads.append(accepting)
        accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for channel in self._open:
            with contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                channel, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            channel.settimeout(PATIENCE)
            channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a piece goes out when it is said
            self._open.append(channel)
            thread = threading.Thread(target=self._talk, args=(channel, self.accepted), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, channel: socket.socket, number: int) -> None:
        """A client that goes away in the middle is what many tests are about."""
        with contextlib.suppress(OSError):
            if self._tls is None:
                with channel:
                    self._script(Connection(channel, number, self._stopped))
            else:
                self._talk_securely(self._tls, channel, number)

    def _talk_securely(self, context: ssl.SSLContext, channel: socket.socket, number: int) -> None:
        """After a handshake that failed, its alert is given time to arrive: a reset would overtake it."""
        with context.wrap_socket(channel, server_side=True, do_handshake_on_connect=False) as secure:
            self._open.append(secure)
            try:
                secure.do_handshake()
            except ssl.SSLError:
                with socket.socket(fileno=secure.detach()) as bare:
                    bare.shutdown(socket.SHUT_WR)
                    Connection(bare, number, self._stopped).hold()
            else:
                self._script(Connection(secure, number, self._stopped))


def saying(*answers: bytes, then: Script | None = None) -> Script:
    """A script: each request gets the next answer; afterwards `then`, or the end of the connection."""

    def script(connection: Connection) -> None:
        for answer in answers:
            if not connection.request():
                return
            connection.send(answer)
        if then is not None:
            then(connection)

    return script


def answer(
    body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None, version: str = "1.1"
) -> bytes:
    """A well-formed answer; `length` is what its Content-Length claims, if that is not the truth."""
    said = len(body) if length is None else length
    lines = (f"HTTP/{version} {status}", *headers, f"Content-Length: {said}")
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n" + body


def chunked(*pieces: bytes, headers: str = "", end: bytes = b"0\r\n\r\n") -> bytes:
    """A well-formed answer in chunks, up to its `end`."""
    head = f"HTTP/1.1 200 OK\r\n{headers}Transfer-Encoding: chunked\r\n\r\n".encode("latin-1")
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end
