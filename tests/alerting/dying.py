"""A sender that is killed at a step of one's choice, and the one that goes on after it; run as a program.

For each step of a story a copy of the database is made, a process lives the story until it is killed there, and another
one finishes it. Whatever reaches the receiver goes to an address that names story and step. Printed is the number of
steps that each story has. Nothing is opened before a fork.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog

from synthmon.alerting.channel import Channel
from synthmon.alerting.context import ChannelContext
from synthmon.alerting.http import _public
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.alerting.webhook import Webhook, WebhookOptions
from synthmon.model.incident import Decision, IncidentStatus, Notification, Occasion
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.alerting.receivers import context, message
from tests.alerting.test_sender import Most
from tests.making import at, incident

STORIES = {"alone": 1, "together": 5, "backup": 1}  # how many incidents each has
MARKS = ("owe", "delivered", "postpone", "bury")


class Pager(Webhook):
    """One that keeps a thing of its own for each key."""

    keyed = True


class Steps:
    """Counts what is done, and kills the process right before what was chosen, which is right after what was before."""

    def __init__(self, last: int | None) -> None:
        self.taken, self._last, self._lock = 0, last, threading.Lock()

    def step(self) -> None:
        with self._lock:
            self.taken += 1
            if self.taken == self._last:
                os.kill(os.getpid(), signal.SIGKILL)

    def before(self, done: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            self.step()
            return done(*given, **named)

        return counted


def channels(url: str, steps: Steps) -> dict[str, Channel]:
    """`pager`, which the receiver answers as it likes, and `mail`, which takes its place."""
    made: dict[str, Channel] = {}
    for name in ("pager", "mail"):
        known: ChannelContext = context(hook=f"{url}/{name}")
        options = WebhookOptions.model_validate({"url": "${{ secrets.hook }}"})
        channel = Pager(name, options, known)
        channel.send = steps.before(channel.send)  # type: ignore[method-assign] # a hook around what is sent
        made[name] = channel
    return made


def decide(store: SqlStore, count: int, occasion: Occasion, now: datetime) -> None:
    """All incidents of the story begin, or end."""
    over = {"status": IncidentStatus.RESOLVED, "resolved_at": now, "resolved_because": "2 good runs"}
    about = [incident(probe=f"probe-{number}", opened_at=at(66)) for number in range(count)]
    if occasion is Occasion.RESOLVE:
        about = [replace(one, **over) for one in about]  # type: ignore[arg-type] # fields by name
    owed = [
        Notification(
            one.id,
            1,
            occasion,
            "pager",
            one.dedup_key,
            now,
            message(occasion, probe=one.probe, incident_id=one.id, environment=one.environment, decided_at=now),
        )
        for one in about
    ]
    store.apply(Decision(0, incidents=tuple(about), notifications=tuple(owed)))


def send(store: SqlStore, url: str, steps: Steps, start: datetime) -> datetime:
    """What a sender does until nothing is owed; when that was."""
    now = start
    backups = {"pager": "mail"}
    made = channels(url, steps)
    sender = Sender(SenderPorts(store, lambda: made, lambda: backups, lambda: now, Most()))
    while (due := store.next_delivery_at()) is not None:
        now = max(now, due)
        for batch in sender.gather():
            sender.deliver_together(batch)
    return now


def live(database: Path, url: str, count: int, last: int | None) -> int:
    """The whole story in a process of its own; the number of steps, or -1 when it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        steps = Steps(last)
        store = open_store(database)
        for name in MARKS:
            setattr(store, name, steps.before(getattr(store, name)))
        begun = bool(store.incidents())
        if not begun:
            decide(store, count, Occasion.TRIGGER, at(66))
        now = send(store, url, steps, at(66) + timedelta(hours=1 if begun else 0))
        if store.incidents(current=True):
            decide(store, count, Occasion.RESOLVE, now + timedelta(minutes=5))
        send(store, url, steps, now + timedelta(minutes=5))
        os.write(writing, str(steps.taken).encode())
        os._exit(0)
    os.close(writing)
    said = os.read(reading, 20)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    assert said or os.WIFSIGNALED(status), "it neither ended nor was killed"
    return int(said or -1)


def main(folder: Path, url: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    httpx.Client(trust_env=False, verify=_public()).close()  # what is slow to import and to make is inherited
    empty = folder / "empty.db"
    child = os.fork()
    if child == 0:
        migrate.upgrade(empty)
        os._exit(0)
    os.waitpid(child, 0)
    for story, count in STORIES.items():
        whole = shutil.copy(empty, folder / f"{story}.db")
        steps = live(Path(whole), f"{url}/{story}/whole", count, None)
        for step in range(1, steps + 1):
            database = Path(shutil.copy(empty, folder / f"{story}-{step}.db"))
            assert live(database, f"{url}/{story}/{step}", count, step) == -1
            assert live(database, f"{url}/{story}/{step}", count, None) >= 0
        print(story, steps, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
