"""Who was told that something is down is told that it is over, and told which step it was, whatever comes between."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import httpx
import pytest

from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.centre import Centre
from synthmon.errors import DeliveryError
from synthmon.judge import Policy
from synthmon.model.incident import DeliveryStatus, Notification
from synthmon.model.run import Outcome
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests import making
from tests.engine import world as walking
from tests.engine.world import routes
from tests.judge.world import World, run
from tests.making import NOON, at

PROBES = {"checkout": making.probe()}
POLICY = Policy("test", default_channels=("pager",))


@dataclass
class Refusing:
    """A channel that refuses for as long as it is told to, as a mail server does that is down."""

    name: str = "pager"
    refuses: bool = True
    taken: list[str] = field(default_factory=list)
    tried: int = 0

    def send(self, told: Notification) -> str:
        self.tried += 1
        if self.refuses:
            raise DeliveryError("the receiver answered 503")
        self.taken.append(f"{told.occasion} {told.dedup_key}")
        return "ok"


@dataclass
class Installation:
    """A store in a file, and processes that come and go over it."""

    path: Path
    channel: Refusing = field(default_factory=Refusing)
    now: datetime = NOON

    def judge(self, letters: str) -> None:
        """Runs a minute apart, each judged by a process of its own."""
        for letter in letters:
            with self.opened() as store:
                store.keep([run(self.now, letter)])
                Centre(store, lambda: PROBES, lambda: POLICY).turn(self.now)
            self.now += timedelta(seconds=60)

    def deliver(self, seconds: float) -> None:
        """What a sender does in so many seconds; then its process ends."""
        end = self.now + timedelta(seconds=seconds)
        with self.opened() as store:
            ports = SenderPorts(store, lambda: {"pager": self.channel}, dict, lambda: self.now, Random(7))
            sender = Sender(ports)
            while (due := store.next_delivery_at()) is not None and due <= end:
                self.now = max(due, self.now)
                for delivery in store.claim(self.now, 60.0):
                    sender.deliver(delivery)
        self.now = end

    def opened(self) -> Opened:
        return Opened(open_store(self.path))


@dataclass
class Opened:
    """A store that is closed again."""

    store: SqlStore

    def __enter__(self) -> SqlStore:
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    upgrade(tmp_path / "synthmon.db")
    return Installation(tmp_path / "synthmon.db")


def test_an_end_that_is_refused_is_owed_until_it_is_taken_over_every_restart(installation: Installation) -> None:
    """Gatus deletes the alert's row on resolve even when the provider refused; Alertmanager loses resolves (#2570)."""
    installation.channel.refuses = False
    installation.judge("PFF")
    installation.deliver(1)
    assert ["trigger"] == [line.split()[0] for line in installation.channel.taken]

    installation.channel.refuses = True
    installation.judge("PP")
    for _ in range(3):
        installation.deliver(600)
    assert 10 < installation.channel.tried
    with installation.opened() as store:
        (incident,) = store.incidents()
        assert incident.resolved_at is not None
        assert DeliveryStatus.SENT not in {
            delivery.status for delivery in store.deliveries() if delivery.notification.occasion == "resolve"
        }

    installation.channel.refuses = False
    installation.deliver(3600)
    assert ["trigger", "resolve"] == [line.split()[0] for line in installation.channel.taken]
    assert 1 == len({line.split()[1] for line in installation.channel.taken})


def test_a_page_that_failed_does_not_count_as_sent(installation: Installation) -> None:
    """Cloudprober counts a page that failed to send as sent, and is silent for an hour."""
    installation.judge("PFF")
    installation.deliver(120)
    assert 2 < installation.channel.tried
    installation.channel.refuses = False
    installation.deliver(60)
    assert ["trigger"] == [line.split()[0] for line in installation.channel.taken]


def test_the_page_names_the_step_that_failed_though_skipped_and_always_run_steps_follow() -> None:
    """Gatus books the result of a step that always runs on the skipped step before it."""
    answers = {
        "GET /cart": {},
        "GET /pay": httpx.Response(502),
        "GET /ship": {},
        "GET /cancel": httpx.Response(500),
        "GET /log_out": {},
    }
    journey = walking.probe(
        *(walking.step(name, f"/{name}") for name in ("cart", "pay", "ship")),
        cleanup=tuple(walking.step(name, f"/{name}") for name in ("cancel", "log_out")),
    )
    result = walking.World(routes(answers)).run(journey)
    assert [
        ("cart", Outcome.PASSED, 200),
        ("pay", Outcome.FAILED, 502),
        ("ship", Outcome.SKIPPED, None),
        ("cancel", Outcome.FAILED, 500),
        ("log_out", Outcome.PASSED, 200),
    ] == [(one.id, one.outcome, one.status) for one in (*result.steps, *result.cleanup)]

    told = [replace(result, key=replace(result.key, slot=at(60 * number))) for number in range(2)]
    judging = World(making.probe("shop"))
    for one in told:
        judging.turn([one], one.key.slot)
    (page,) = judging.notifications
    assert ("pay", "Pay") == (page.message.step, page.message.step_name)
    assert "502" in (page.message.cause or "")
    assert "cancel" not in page.message.title.lower()
