"""A target for measuring ourselves: a process that answers every request alike, until its input ends.

    python -m synthmon.app.answering

Prints its port. A process of its own, so that what it costs is not taken for what a run costs. Imports nothing of ours.
"""

from __future__ import annotations

import socket
import sys
import threading

BODY = b'{"token": "0123456789abcdef0123456789abcdef", "status": "paid", "total": 12.5, "items": [{"sku": "A-1"}]}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


def main() -> None:
    """Answer on a free port of loopback; returns when the standard input ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        threading.Thread(target=_serve, args=(listener,), daemon=True).start()
        print(listener.getsockname()[1], flush=True)  # noqa: T201 - what this program says
        sys.stdin.read()


def _serve(listener: socket.socket) -> None:
    while True:
        channel, _ = listener.accept()
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_talk, args=(channel,), daemon=True).start()


def _talk(channel: socket.socket) -> None:
    """Requests that are asked here have no body."""
    with channel:
        unread = b""
        while piece := channel.recv(65536):
            *asked, unread = (unread + piece).split(b"\r\n\r\n")
            for _ in asked:
                channel.sendall(ANSWER)


if __name__ == "__main__":
    main()
