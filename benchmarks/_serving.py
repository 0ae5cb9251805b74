"""A server on loopback in a process of its own, so that what it costs is never taken for what a client costs."""

from __future__ import annotations

import multiprocessing
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trustme

from synthmon.app.answering import talk as answer_alike

Talk = Callable[[socket.socket], None]
"""Answers whatever comes over one connection, until the other side has closed it."""


@contextmanager
def serving(
    talk: Talk = answer_alike,
    authority: trustme.CA | None = None,
    prepare: Callable[[socket.socket], None] | None = None,
) -> Iterator[str]:
    """Its address, without a slash at the end. By TLS with a certificate of `authority`, if there is one; `prepare`
    sets options of the listening socket, which those that it accepts inherit.
    """
    context = None
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        if prepare is not None:
            prepare(listener)
        # Forked: a function that answers needs no name by which another process could find it.
        process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(listener, talk, context), daemon=True
        )
        process.start()
        try:
            yield f"http{'s' if context else ''}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            process.kill()
            process.join()


def always(answer: bytes) -> Talk:
    """Answers every request of a connection with these bytes; requests have no body."""

    def talk(channel: socket.socket) -> None:
        unread = b""
        while piece := channel.recv(65536):
            *asked, unread = (unread + piece).split(b"\r\n\r\n")
            for _ in asked:
                channel.sendall(answer)

    return talk


def _serve(listener: socket.socket, talk: Talk, context: ssl.SSLContext | None) -> None:
    def converse(bare: socket.socket) -> None:
        try:
            with bare if context is None else context.wrap_socket(bare, server_side=True) as channel:
                talk(channel)
        except (ConnectionError, ssl.SSLError):
            return  # a client that leaves without a word is its own affair: what it missed, it reports itself

    while True:
        channel, _ = listener.accept()
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=converse, args=(channel,), daemon=True).start()
