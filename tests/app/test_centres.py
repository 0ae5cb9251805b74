"""Several processes on one PostgreSQL: whatever becomes of the leader, another one judges soon, and pages go once."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from synthmon.app import centre_side
from synthmon.demo.relay import Line, Relay, Weather
from synthmon.judge import own
from synthmon.model.probe import Track
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.alerting.receivers import Receiver
from tests.app.installation import Installation, Process, Target, get, until
from tests.postgres import Shared

PROMISED = 15.0  # seconds from the loss of a leader until another one judges
SLOW = 40.0  # for a machine that is busy with other tests

Start = Callable[..., "Centre"]


@dataclass
class Centre:
    """One process of the centre."""

    installation: Installation
    process: Process

    @property
    def url(self) -> str:
        return (self.installation.data / "address").read_text().strip()

    @property
    def epochs(self) -> list[int]:
        """Of the terms that it began."""
        return [line["epoch"] for line in self.process.events("leadership.won")]

    def health(self) -> dict[str, object]:
        found: dict[str, object] = get(f"{self.url}/healthz").json()
        return found


@pytest.fixture
def start(tmp_path: Path, target: Target, pager: Receiver, postgres_url: str) -> Iterator[Start]:
    """Starts one more process on the same database, with the same files; killed at the end."""
    with ExitStack() as running:

        def begin(name: str, url: str = postgres_url) -> Centre:
            folder = tmp_path / name
            folder.mkdir()
            made = Installation(folder, target.url, {"SYNTHMON_DATABASE_URL": url})
            made.configure({"pager": {"webhook": {"url": pager.url}}})
            made.add("shop", "/shop")
            process = running.enter_context(made.process())
            process.wait_for("daemon.started")
            return Centre(made, process)

        yield begin


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlStore]:
    opened = open_store(postgres_url, read_only=True)
    yield opened
    opened.close()


def test_of_two_one_judges_both_serve_and_an_outage_is_paged_once(
    start: Start, store: SqlStore, target: Target, pager: Receiver
) -> None:
    first = start("first")
    until(lambda: first.epochs)
    second = start("second")
    target.statuses["/shop"] = 503
    pager.wait_for(1)
    target.statuses["/shop"] = 200
    until(lambda: [one for one in store.incidents() if not one.current], SLOW)
    pager.wait_for(2)
    assert (1, 0) == (len(first.epochs), len(second.epochs))
    assert [True, False] == [one.health()["leader"]["itself"] for one in (first, second)]  # type: ignore[index]
    assert ["well", "well"] == [one.health()["status"] for one in (first, second)]
    assert "(this process)" not in get(second.url).text
    assert [] == second.process.events("incident.opened") + second.process.events("health.changed")
    assert ["trigger", "resolve"] == [asked.json["occasion"] for asked in pager.asked]


@pytest.mark.parametrize("how", ["killed", "stopped", "cut off", "ended in order"])
def test_another_judges_within_the_promised_time_whatever_becomes_of_the_leader(
    start: Start, store: SqlStore, target: Target, pager: Receiver, postgres_server: Shared, postgres_url: str, how: str
) -> None:
    with Relay(("127.0.0.1", postgres_server.port), lambda: 1.0) as relay:
        name = postgres_url.rpartition("/")[2]
        leader = start("leader", postgres_server.url(name, port=relay.port))
        until(lambda: leader.epochs)
        other = start("other")
        target.statuses["/shop"] = 503

        lost = time.monotonic()
        if how == "killed":
            leader.process.send(signal.SIGKILL)
        elif how == "stopped":
            leader.process.send(signal.SIGSTOP)
        elif how == "cut off":
            relay.weather = Weather(Line.SILENT)
        else:
            leader.process.send(signal.SIGTERM)
        until(lambda: other.epochs, SLOW)
        took = time.monotonic() - lost
        until(store.incidents, SLOW)
        pager.wait_for(1)
        assert took < PROMISED
        (epoch,) = other.epochs

        relay.weather = Weather()
        leader.process.send(signal.SIGCONT)
        if how in {"stopped", "cut off"}:
            leader.process.wait_for("leadership.lost")
            until(lambda: leader.health()["status"] == "well", SLOW)
            assert {"epoch": epoch, "itself": False}.items() <= leader.health()["leader"].items()  # type: ignore[attr-defined]
        target.statuses["/shop"] = 200
        until(lambda: [one for one in store.incidents() if not one.current], SLOW)
        pager.wait_for(2)
        assert [True] == [former < epoch for former in leader.epochs]
    (incident,) = store.incidents()
    assert ["began", "opened", "resolved"] == [event.what for event in store.events(incident.id)]
    said = [line["event"] for line in leader.process.lines if line["event"].startswith("incident.")]
    assert [] == said
    assert ["trigger", "resolve"] == [asked.json["occasion"] for asked in pager.asked]


def test_the_trouble_of_one_that_does_not_lead_is_told_and_a_change_of_leader_does_not_end_it(
    tmp_path: Path, target: Target, pager: Receiver, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter(["ada", "ben"])
    monkeypatch.setattr(centre_side, "instance_name", lambda: next(names))
    monkeypatch.setattr(centre_side, "SAY_EVERY", 0.1)
    monkeypatch.setattr(own, "LASTING", timedelta(seconds=0.5))

    def installed(name: str) -> Installation:
        (tmp_path / name).mkdir()
        made = Installation(tmp_path / name, target.url, {"SYNTHMON_DATABASE_URL": postgres_url})
        made.configure({"pager": {"webhook": {"url": pager.url}}})
        return made

    def ours(store: SqlStore) -> list[tuple[str, bool]]:
        return [(one.reason, one.current) for one in store.incidents() if one.track is Track.SYNTHMON]

    with ExitStack() as running:
        with installed("ada").daemon() as ada:
            until(ada._centre._leadership.term)
            ben = running.enter_context(installed("ben").daemon())
            ben._housekeeping.failing["the broom"] = "it is broken"
            until(lambda: ours(ben.store), SLOW)
            assert ben._centre._leadership.term() is None
        until(ben._centre._leadership.term, SLOW)
        until(lambda: (last := ben._centre.centre.last_turn_at) is not None and ben._centre.centre._swept_at == last)
        ((reason, current),) = ours(ben.store)
        assert "ben: the broom: it is broken" in reason
        assert current
        ben._housekeeping.failing.clear()
        until(lambda: not ours(ben.store)[0][1], SLOW)
        assert 1 == len(ours(ben.store))
        assert ["ben"] == [one.instance for one in ben.store.replicas()]
