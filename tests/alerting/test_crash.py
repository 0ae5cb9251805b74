"""A process that dies between sending and marking: the next one sends again, with the same key."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from synthmon.alerting.registry import CHANNEL_OPTIONS, build_channel
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.model.incident import Occasion
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.alerting.receivers import Receiver, Reply, context, notification
from tests.alerting.test_sender import Most
from tests.making import at

ROOT = Path(__file__).parents[2]
SEND_AND_DIE = """
import os, signal, sys
from tests.alerting.test_crash import sender_of
store, sender = sender_of(sys.argv[1], sys.argv[2])
store.delivered = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
(delivery,) = store.claim(sender._ports.now(), 60.0)
sender.deliver(delivery)
"""


def sender_of(database: str, url: str, now: float = 70):  # type: ignore[no-untyped-def] # a store and its sender
    store = open_store(Path(database))
    options = CHANNEL_OPTIONS["webhook"](url="${{ secrets.hook }}")
    pager = build_channel("webhook", "pager", options, context(hook=url))
    return store, Sender(SenderPorts(store, lambda: {"pager": pager}, dict, lambda: at(now), Most()))


def test_a_process_killed_between_sending_and_marking_pages_again_under_the_same_key(
    receiver: Callable[..., Receiver], tmp_path: Path
) -> None:
    database, there = tmp_path / "synthmon.db", receiver(Reply(202, "{}"))
    migrate.upgrade(database)
    store, _ = sender_of(str(database), there.url)
    store.owe([notification(), notification(Occasion.RESOLVE)])
    store.close()

    killed = subprocess.run(
        [sys.executable, "-c", SEND_AND_DIE, str(database), there.url], cwd=ROOT, timeout=30, check=False
    )
    assert -signal.SIGKILL == killed.returncode
    assert 1 == len(there.asked)

    store, sender = sender_of(str(database), there.url, now=131)
    assert [] == store.claim(at(70) + timedelta(seconds=59), 60.0)
    assert 2 == store.owed()
    for _ in range(2):
        (delivery,) = store.claim(at(131), 60.0)
        sender.deliver(delivery)
    assert 0 == store.owed()
    store.close()
    first, again, resolve = there.asked
    assert (first.body, first.headers["idempotency-key"]) == (again.body, again.headers["idempotency-key"])
    assert ["trigger", "trigger", "resolve"] == [asked.json["occasion"] for asked in (first, again, resolve)]
    assert 1 == len({asked.json["dedup_key"] for asked in there.asked})
