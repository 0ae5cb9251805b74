"""Both ways make the same of strange answers: what they say, what is wrong with them, whether they may be followed."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine.fault import TransportFault
from synthmon.engine.transport import Transport
from synthmon.model.run import Failure
from tests.depth import times
from tests.engine.http1.strange import answers, pieces
from tests.engine.http1.test_alike import ODD_TRAILERS, understood
from tests.engine.transport.raw import Connection, RawServer
from tests.engine.transport.visit import send
from tests.engine.transport.ways import LIBCURL, OWN_SOCKETS, Forced


@dataclass(frozen=True)
class Had:
    """What came of one exchange, and of another one behind it in the same run."""

    answer: tuple[int, list[tuple[bytes, bytes]], bytes] | None
    failure: Failure | None
    version: str | None
    received: int
    phase: str
    resendable: bool
    followed: bool | None = None  # over the same connection


class Strange:
    """A server that answers in pieces; `stays` on the connection or ends it then."""

    def __init__(self, tls: ssl.SSLContext | None = None, trusted: str | None = None) -> None:
        self.says: list[bytes] = []
        self.stays = False
        self.trusted = trusted
        self.server = RawServer(self._talk, tls)

    def _talk(self, connection: Connection) -> None:
        while connection.request():
            for piece in self.says:
                connection.send(piece)
            if not self.stays:
                connection.finish()
                connection.hold()


@pytest.fixture(scope="module", params=["plain", "secure"])
def strange(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strange]:
    made = Strange() if request.param == "plain" else None
    if made is None:
        authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(tls)
        trusted = tmp_path_factory.mktemp("alike") / "ca.pem"
        authority.cert_pem.write_to_path(trusted)
        made = Strange(tls, str(trusted))
    with made.server:
        yield made


def had(strange: Strange, way: str, method: str) -> Had:
    """By a transport that was never used before: libcurl 8.23 carries over that a folded line was cut short."""
    with forced(way, strange.trusted) as transport:
        first = exchanged(transport, strange.server.url, method)
        if not strange.stays or first.failure is not None:
            return first
        return replace(first, followed=reused(transport, strange.server.url, method))


@contextmanager
def forced(way: str, trusted: str | None) -> Iterator[Transport]:
    with Forced(way, None, trusted, None) as transport:
        yield transport
    assert transport.went == {way}


def exchanged(transport: Transport, url: str, method: str) -> Had:
    try:
        response = send(transport, method, url, headers={"User-Agent": "synthmon"})
    except TransportFault as fault:
        wire = fault.wire
        return Had(None, fault.failure, wire.http_version, wire.received, wire.phase, fault.resendable)
    wire = response.extensions["synthmon.wire"]
    answer = (response.status_code, list(response.headers.raw), response.content)
    return Had(answer, None, wire.http_version, wire.received, wire.phase, resendable=False)


def reused(transport: Transport, url: str, method: str) -> bool:
    reached: bool = send(transport, method, url, headers={"User-Agent": "synthmon"}).extensions["synthmon.wire"].reused
    return reached


@settings(max_examples=times(25))
@given(st.data(), answers(), st.sampled_from(["GET", "GET", "POST", "HEAD"]))
def test_both_ways_make_the_same_of_a_strange_answer(
    strange: Strange, data: st.DataObject, said: bytes, method: str
) -> None:
    expected = understood([said], method)
    strange.stays = expected.answer is not None and expected.keeps is not None
    strange.says = [said] if strange.stays else data.draw(pieces(said))  # what comes too late is the next answer
    ours, theirs = had(strange, OWN_SOCKETS, method), had(strange, LIBCURL, method)
    if theirs.failure is not None and theirs.failure.detail in ODD_TRAILERS:
        assert ours.failure is not None  # in words of its own, see tests/engine/http1
    else:
        assert alike(ours) == alike(theirs)
    if ours.followed:
        assert theirs.followed


def alike(one: Had) -> Had:
    """Without what depends on the pieces: how much came before it was known that it cannot be decoded or is no HTTP."""
    undecodable = one.failure is not None and one.failure.kind == "decode"
    garbage = one.failure is not None and one.version is None
    phase, received = "" if garbage else one.phase, 0 if undecodable else one.received
    return replace(one, failure=_in_words(one.failure), followed=None, phase=phase, received=received)


def _in_words(failure: Failure | None) -> Failure | None:
    """Without how this or that version of OpenSSL names it."""
    if failure is None or not (failure.detail or "").startswith("OpenSSL"):
        return failure
    return replace(failure, detail="OpenSSL")
