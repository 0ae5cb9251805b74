"""A target that says the secrets of a request back where only the transport looks: no failure tells them."""

from __future__ import annotations

import pytest

from synthmon.model.run import Outcome
from tests.engine.transport.raw import Connection, RawServer
from tests.engine.transport.visit import visiting
from tests.engine.world import request, step

pytestmark = pytest.mark.usefixtures("either_way")

SECRET = "s3cr3t-Of-The-Shop-0123456789"
SAID = {
    "a coding of the transfer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: %b\r\n\r\n",
    "a coding that is cut": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + b"x" * 150 + b"%b\r\n\r\n",
    "a coding of the content": b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: 2\r\n\r\nok",
    "a coding with a long name": b"HTTP/1.1 200 OK\r\nContent-Encoding: %b-and-so-on\r\nContent-Length: 2\r\n\r\nok",
    "a coding after the chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, %b\r\n\r\n",
    "a status line": b"HTTP/1.1 %b\r\n\r\n",
    "no HTTP": b"%b\r\n\r\n",
    "a length": b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\n",
    "a size of a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\n",
    "no field": b"HTTP/1.1 200 OK\r\n%b\r\n\r\n",
    "a trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n%b\r\n\r\n",
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID.keys())
def test_what_is_wrong_with_an_answer_is_told_without_the_secret_that_it_says(said: bytes) -> None:
    def script(connection: Connection) -> None:
        assert SECRET.encode() in connection.request()
        connection.send(said % SECRET.encode())

    with RawServer(script) as server, visiting(secrets={"token": SECRET}) as visitor:
        asked = request("GET", server.url, headers={"Authorization": "Bearer ${{ secrets.token }}"})
        seen = visitor.walk(step("visit", request=asked))
    assert seen.outcome is Outcome.FAILED
    told = f"{seen.result}"
    assert not [SECRET[at : at + 8] for at in range(len(SECRET) - 7) if SECRET[at : at + 8] in told]
