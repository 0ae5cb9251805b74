"""A connection on which no request comes, or one comes by the byte, is closed; with real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from synthmon.web.server import WebServer, listen

WITHIN = 0.3
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n"


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    def shown(_: Request) -> PlainTextResponse:
        return PlainTextResponse("shown")

    listener = listen("127.0.0.1", 0)
    server = WebServer(Starlette(routes=[Route("/", shown)]), listener, headers_within=WITHIN)
    server.start()
    yield listener.getsockname()[:2]
    server.stop()
    listener.close()


@pytest.fixture
def line(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=30) as connection:
        yield connection


def closed(line: socket.socket) -> bool:
    """Whether the server hung up without another word."""
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


def dribbled(line: socket.socket, content: bytes) -> bool:
    """Whether the server hung up while bytes came one by one, each long before it would have been too late."""
    line.settimeout(WITHIN / 20)
    for byte in content:
        try:
            line.send(bytes([byte]))
            if line.recv(1) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


def test_a_connection_on_which_nothing_comes_is_closed(line: socket.socket) -> None:
    assert closed(line)


def test_headers_that_come_byte_by_byte_keep_nothing_open(line: socket.socket) -> None:
    assert dribbled(line, REQUEST + b"X-Slow: " + b"x" * 100)


def test_a_second_request_has_as_long_as_the_first_and_no_longer(line: socket.socket) -> None:
    line.sendall(REQUEST + b"\r\n")
    answer = b""
    while not answer.endswith(b"shown"):
        answer += line.recv(1000)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert dribbled(line, REQUEST + b"X-Slow: " + b"x" * 100)
