"""A silence beside a daemon that runs: what it keeps back waits, is noted, and is told when it is lifted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from synthmon.app.daemon import Daemon
from synthmon.app.datadir import running_daemon
from tests.app.installation import Installation, Target, until


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


def ask(daemon: Daemon, path: str, **said: str) -> httpx.Response:
    url, token = running_daemon(daemon.settings.data_dir)
    with httpx.Client(trust_env=False, timeout=5.0) as client:
        return client.post(url + path, json=said, headers={"authorization": f"Bearer {token.reveal()}"})


def test_what_a_silence_keeps_back_is_told_when_it_is_lifted(target: Target, tmp_path: Path) -> None:
    installation = Installation(tmp_path, target.url)
    installation.add("checkout", "/shop")
    with ExitStack() as stack:
        logged = stack.enter_context(capture_logs())
        daemon = stack.enter_context(installation.daemon())
        said = {"probe": "checkout", "for": "1h", "reason": "the acquirer moves", "author": "ada"}
        asked = ask(daemon, "/api/v1/silences", **said)
        assert (asked.status_code, asked.json()["keeps_back"]) == (201, [])

        target.statuses["/shop"] = 500
        [opened] = until(lambda: daemon.store.incidents(current=True))
        assert (opened.told, opened.told_at) == ((), None)
        assert opened.withheld.startswith("silence by ada until ")
        assert daemon.store.deliveries(opened.id) == []
        assert target.count("/told", "POST") == 0

        lifted = ask(daemon, f"/api/v1/silences/{asked.json()['quiet']['id']}/lift", actor="bob")
        assert lifted.status_code == 200
        target.wait_for("/told", method="POST")
        until(lambda: [one for one in daemon.store.incidents(current=True) if one.told_at])
        events = [event.what for event in daemon.store.events(opened.id)]
        assert events.index("withheld") < events.index("released")
    acts = [(line["event"], line["by"]) for line in logged if line["event"] in {"silence.added", "quiet.lifted"}]
    assert acts == [("silence.added", "ada"), ("quiet.lifted", "bob")]
