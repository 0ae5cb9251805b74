"""A target for measuring ourselves: a process that answers every request alike, until its input ends.

    python -m synthmon.app.answering

Prints its port. A process of its own, so that what it costs is not taken for what a run costs. Imports nothing of ours.
"""

from __future__ import annotations

import re
import socket
import sys
import threading

BODY = (
    b'{"token": "0123456789abcdef0123456789abcdef", "status": "paid", "total": 12.5, "currency": "EUR", "items": ['
    b'{"sku": "A-1", "name": "a thing", "amount": 2, "price": 5.0}, {"sku": "B-2", "name": "another", "amount": 1}]}'
)
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
        threading.Thread(target=_converse, args=(channel,), daemon=True).start()


def _converse(channel: socket.socket) -> None:
    with channel:
        talk(channel)


def talk(channel: socket.socket) -> None:
    """Answer every request of a connection alike, until it is closed there; of a body the length is read."""
    unread = b""
    while piece := channel.recv(65536):
        unread += piece
        while (end := unread.find(b"\r\n\r\n") + 4) > 3:
            whole = end + _length(unread[:end])
            if len(unread) < whole:
                break
            unread = unread[whole:]
            channel.sendall(ANSWER)


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: *(\d+)\r\n", head, re.IGNORECASE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
