"""What a thread keeps, such as options of libcurl, changes nothing: what goes out is what a new thread would send."""

from __future__ import annotations

import random
import ssl
from typing import Any

import pytest
import trustme

from synthmon.engine.fault import TransportFault
from synthmon.engine.limits import Limits
from synthmon.engine.reader import Reader
from synthmon.engine.route import ROUTE, Route, Secured
from synthmon.engine.transport import Transport
from synthmon.model.network import Network
from tests.engine.transport.raw import Connection, RawServer, Script, answer
from tests.engine.transport.visit import send, transport_of

ASKED: tuple[tuple[str, bytes, dict[str, str]], ...] = (
    ("GET", b"", {}),
    ("POST", b'{"a": 1}', {"Authorization": "Bearer one", "Content-Type": "application/json"}),
    ("GET", b"", {"X-One": "1"}),
    ("HEAD", b"", {}),
    ("DELETE", b"", {}),
    ("PUT", b"\0x", {}),
    ("GET", b"with a body", {}),
    ("POST", b"", {"Accept-Encoding": "gzip"}),
    ("OPTIONS", b"", {"Cookie": "a=1"}),
)


def hearing(heard: list[bytes]) -> Script:
    def script(connection: Connection) -> None:
        while asked := connection.request():
            heard.append(asked)
            connection.send(answer() if asked.startswith(b"HEAD") else answer(b"hello"))

    return script


@pytest.mark.usefixtures("either_way")
def test_whatever_was_asked_before_goes_out_of_nothing_that_is_asked_now() -> None:
    heard: list[bytes] = []
    order = random.Random(11)
    with RawServer(hearing(heard)) as server, transport_of() as kept:
        for run in range(12):
            for method, content, headers in order.sample(ASKED, 4):
                more: dict[str, Any] = {"headers": headers, "content": content or None}
                found = send(kept, method, server.url, run=run, **more)
                with transport_of() as fresh:
                    alone = send(fresh, method, server.url, run=run, **more)
                assert heard[-1] == heard[-2]
                assert (found.status_code, found.content) == (alone.status_code, alone.content)


def test_a_certificate_is_verified_again_after_a_step_that_verified_none() -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    root = authority.cert_pem.bytes().decode()
    ways = (Secured(unverified=True), Secured(), Secured(authorities=root), Secured(), Secured(unverified=True))
    with RawServer(hearing([]), tls) as server, Transport() as kept:
        for run, secured in enumerate(ways):
            extensions = {ROUTE: Route(tls=secured)}
            if secured == Secured():
                with pytest.raises(TransportFault, match="signed by nobody"):
                    send(kept, "GET", server.url, run=run, extensions=extensions)
            else:
                assert send(kept, "GET", server.url, run=run, extensions=extensions).content == b"hello"


@pytest.mark.usefixtures("either_way")
def test_addresses_of_one_run_are_none_for_the_next() -> None:
    heard: list[bytes] = []
    with RawServer(hearing(heard)) as server, transport_of() as kept:
        url = f"http://localhost:{server.port}/"
        away = {ROUTE: Route(network=Network(hosts={"localhost": ("127.0.0.2",)}))}
        assert send(kept, "GET", url, run=1).status_code == 200
        with pytest.raises(TransportFault):
            send(kept, "GET", url, run=2, extensions=away)
        assert send(kept, "GET", url, run=3).status_code == 200


LINES = (
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n",
    b"HTTP/1.1 9 No\r\n",
    b"A: 1\r\n",
    b"Content-Length: 5\r\n",
    b"content-length:6\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip, br\r\n",
    b"Via: HTTP/1.0\r\n",
    b"no colon\r\n",
    b"  \r\n",
    b"\r\n",
    b"\n",
)


class Careful(Reader):
    """Takes every header for an odd one, and looks at each line as it comes."""

    def header(self, line: bytes) -> int | None:
        self._lines.append(line)
        self._room_for_header -= len(line)
        return self.read_on()

    def _is_plain(self, lines: list[bytes]) -> bool:
        return False


def heard_by(reader: Reader, lines: list[bytes]) -> tuple[object, ...]:
    for line in lines:
        if reader.header(line) is not None:
            break
    reader.finish()
    return (reader.refused, reader.status, reader.headers if reader.refused is None else None, reader.began)


def test_a_header_looked_at_as_a_whole_is_what_its_lines_say_one_by_one() -> None:
    chance = random.Random(5)
    small = Limits(header_bytes=120, header_fields=4, interim=2)
    plain = 0
    for _ in range(4000):
        lines = [chance.choice(LINES[:2]), *chance.choices(LINES, k=chance.randrange(9)), b"\r\n"]
        found = heard_by(Reader(small), lines)
        assert found == heard_by(Careful(small), lines), lines
        plain += found[0] is None
    assert plain > 400
