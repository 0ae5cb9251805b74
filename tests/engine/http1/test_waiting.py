"""How long we waited is told whole, though what our own code took is in no phase."""

from __future__ import annotations

import time

import httpx
import pytest

from synthmon.engine.fault import TransportFault
from synthmon.engine.http1 import transport as over_sockets
from synthmon.engine.http1.written import written
from synthmon.engine.transport import Transport
from synthmon.model.run import FailureKind
from synthmon.model.words import seconds
from tests.engine.transport.raw import Connection, RawServer
from tests.engine.transport.visit import send


def test_a_timeout_says_how_long_the_exchange_had_and_not_how_long_its_phases_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slowly(request: httpx.Request) -> bytes:
        ends = time.monotonic() + 0.15
        while time.monotonic() < ends:
            pass
        return written(request)

    monkeypatch.setattr(over_sockets, "written", slowly)
    with RawServer(Connection.hold) as server, Transport() as transport, pytest.raises(TransportFault) as told:
        send(transport, "GET", server.url, timeout=0.2)
    assert told.value.failure.kind is FailureKind.TIMEOUT
    assert seconds(told.value.wire.phases.total) not in told.value.failure.message
