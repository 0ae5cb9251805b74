"""A thousand outages at once over the real store, centre, sender and pages: few messages, and all are to be seen."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from structlog.typing import EventDict

from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.app import clock
from synthmon.app.figuring import figures_of
from synthmon.app.people import People
from synthmon.app.reporting import ReportDesk
from synthmon.centre import Centre
from synthmon.centre.ports import CentrePorts
from synthmon.judge import Policy
from synthmon.model.probe import Probe
from synthmon.model.run import Outcome, RunKind, to_millis
from synthmon.model.secret import Secret
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from synthmon.web.metrics import Metrics
from synthmon.web.ports import Pulse, WebPorts
from synthmon.web.server import WebServer, listen
from synthmon.web.site import build_site
from tests.alerting.receivers import Receiver, Reply, context
from tests.alerting.test_sender import Most
from tests.app.installation import until
from tests.desks import desk
from tests.making import probe, run

MANY = 1000
VISIBLE_WITHIN = 5.0  # seconds of work, whatever else the machine does


class House:
    """Everything between the kept runs, the receiver and the reader, with its own threads."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        upgrade(folder / "synthmon.db")
        self._path = folder / "synthmon.db"
        self.store = open_store(self._path)
        self.probes: dict[str, Probe] = {f"probe-{number}": probe(f"probe-{number}") for number in range(MANY)}
        pager = build_channel(
            "webhook", "pager", CHANNEL_OPTIONS["webhook"](url="${{ secrets.hook }}"), context(hook=receiver.url)
        )
        self.ahead = timedelta(0)  # of the sender's clock
        self.sender = Sender(SenderPorts(self.store, lambda: {"pager": pager}, dict, self._senders_now, Most()))
        policy = Policy("test", default_channels=("pager",))
        self._stop, self.wake = threading.Event(), threading.Event()
        self.centre = Centre(self.store, lambda: self.probes, lambda: policy, CentrePorts(owed=self.sender.wake))
        self._thread = threading.Thread(target=self.centre.run, args=(self._stop, self.wake, clock.now), daemon=True)
        listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._web = WebServer(build_site(self._ports(folder), Metrics(), frozenset({"127.0.0.1"})), listener)

    def _senders_now(self) -> datetime:
        return clock.now() + self.ahead

    def quiet(self) -> bool:
        """Whether the sender has nothing to do right now: what is still owed waits for room.

        A thousand told together are marked one by one; were the clock set ahead meanwhile, their lease would be over.
        """
        due = self.store.next_delivery_at()
        waits = due is None or due > self._senders_now() + timedelta(seconds=5)
        return waits and self._leased() == 0

    def _leased(self) -> int:
        with closing(sqlite3.connect(self._path)) as file:
            asked = "SELECT count(*) FROM notifications WHERE ended_at IS NULL AND leased_until > ?"
            found: int = file.execute(asked, (to_millis(self._senders_now()),)).fetchone()[0]
        return found

    def a_minute_later(self) -> None:
        self.ahead += timedelta(seconds=61)
        self.sender.wake()

    def _ports(self, folder: Path) -> WebPorts:
        return WebPorts(
            store=self.store,
            environment="test",
            probes=lambda: self.probes,
            config_problems=tuple,
            acknowledge=lambda *_: False,
            run_again=lambda *_: None,
            people=People(self.store, clock.now),
            agents=desk(self.store, folder, self.probes),
            pulse=lambda: Pulse(clock.now(), "0.1.0", ("local",)),
            now=clock.now,
            reports=folder / "reports",
            figures=figures_of(ReportDesk(self.store, "test", UTC, folder / "reports"), lambda: self.probes, clock.now),
            api_token=Secret("api_token", "token"),
        )

    def start(self) -> None:
        self._thread.start()
        self.sender.start()
        self._web.start()

    def stop(self) -> None:
        self._stop.set()
        self.wake.set()
        self._thread.join(10)
        self.sender.stop(10)
        self._web.stop()
        self.store.close()

    def all_fail(self) -> None:
        """A scheduled run of each probe failed, and so did its confirmation."""
        slot = clock.now() - timedelta(seconds=6)
        for kind, n, later in ((RunKind.SCHEDULED, 0, 0.0), (RunKind.CONFIRM, 1, 5.0)):
            self.store.keep(
                [
                    run(slot, Outcome.FAILED, name=name, kind=kind, n=n, started_at=slot + timedelta(seconds=later))
                    for name in self.probes
                ]
            )
        self.wake.set()

    def shown(self) -> int:
        """How many open incidents the status page tells of."""
        html = httpx.get(self.url, trust_env=False, timeout=30).text
        found = re.search(r"<h2>(\d+) open incidents</h2>", html)
        return int(found[1]) if found else 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver(Reply(202, "{}"))
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path, receiver: Receiver) -> Iterator[House]:
    made = House(tmp_path, receiver)
    made.start()
    yield made
    made.stop()


def test_a_thousand_outages_at_once_are_few_messages_and_all_of_them_are_on_the_pages(
    house: House, receiver: Receiver, logs: list[EventDict]
) -> None:
    house.all_fail()
    began = time.process_time()
    # Looked at seldom: reading a thousand incidents is work too, and counts.
    until(lambda: threading.Event().wait(0.3) or len(house.store.incidents(current=True)) == MANY, deadline=60)
    assert MANY == house.shown()
    spent = time.process_time() - began
    assert spent < VISIBLE_WITHIN

    until(house.quiet, deadline=60)
    first = len(receiver.asked)
    assert 1 <= first <= 3  # each of them is a page
    house.a_minute_later()  # what was judged after the first had been told waited for room
    until(lambda: house.store.owed() == 0, deadline=60)
    told = [asked.json for asked in receiver.asked]
    assert len(told) <= first + 3
    named = [one["probe"] for body in told for one in body.get("members", [body])]
    assert sorted(house.probes) == sorted(named)
