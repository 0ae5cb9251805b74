"""What a process walks by leaves nothing open between runs."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime

import pytest
import trustme

from synthmon.app.answering import talk
from synthmon.app.measuring import PASSWORD, journey
from synthmon.app.surroundings import Walks
from synthmon.engine.curl.seat import Seat
from synthmon.model.run import Outcome, RunKey, RunKind
from tests.engine.world import GivenSecrets

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_run_that_is_over_has_closed_its_connections(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By TLS the first run goes by libcurl, whose handle is needed no more, and the second by sockets of our own."""
    authority, ended, close = trustme.CA(), threading.Semaphore(0), Seat.close
    closed: list[Seat] = []

    def noted(seat: Seat) -> None:
        closed.append(seat)
        close(seat)

    monkeypatch.setattr(Seat, "close", noted)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def converse(listener: socket.socket) -> None:
        for _ in range(2):
            bare, _ = listener.accept()
            with bare if scheme == "http" else context.wrap_socket(bare, server_side=True) as channel:
                talk(channel)
                ended.release()

    with authority.cert_pem.tempfile() as trusted, socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        threading.Thread(target=converse, args=(listener,), daemon=True).start()
        probe = journey(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        walks = Walks(GivenSecrets({"password": PASSWORD}))
        for number in range(2):
            key = RunKey("test", probe.name, probe.regions[0].name, NOON, RunKind.MANUAL, number)
            result = walks(probe, key, probe.regions[0])
            assert (result.outcome, result.failures) == (Outcome.PASSED, ())
            assert ended.acquire(timeout=30)
            assert len(closed) == (1 if scheme == "https" else 0)
        walks.stop()
