"""A sender that is killed at each of its system calls, and the one that goes on after it; run as a program.

For each call that touches the disk or the network, and each time that a thread of the sender makes it, a process is
forked that has its database open and stops; strace takes hold of it and kills it there. Another one sends what is left.
Whatever reaches the receiver goes to an address that names story and place. Printed are the places of each story.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import structlog

from synthmon.alerting.context import ChannelContext
from synthmon.alerting.http import _public
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.alerting.webhook import Webhook, WebhookOptions
from synthmon.model.incident import Occasion
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.alerting.receivers import context, notification
from tests.alerting.test_sender import Most
from tests.making import at

CALLS = ("pwrite64", "fdatasync", "sendto", "recvfrom")
STORIES = ("trigger", "resolve")  # what is owed when the process is killed
TRIGGER, RESOLVE = notification(), notification(Occasion.RESOLVE)


def send_all(store: SqlStore, url: str, now: float) -> None:
    known: ChannelContext = context(hook=url)
    pager = Webhook("pager", WebhookOptions.model_validate({"url": "${{ secrets.hook }}"}), known)
    sender = Sender(SenderPorts(store, lambda: {"pager": pager}, dict, lambda: at(now), Most()))
    while batches := sender.gather():
        for batch in batches:
            sender.deliver_together(batch)


def forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0 if sys.exc_info()[0] is None else 1)
    return child


def ended(child: int) -> int:
    """How it ended: its exit code, or the negative signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(database: Path, url: str, call: str, number: int) -> bool:
    """Whether the process got so far as to be killed there."""

    def work() -> None:
        store = open_store(database)
        os.kill(os.getpid(), signal.SIGSTOP)
        send_all(store, url, 70)
        store.close()

    child = forked(work)
    os.waitpid(child, os.WUNTRACED)
    place = f"inject={call}:signal=KILL:when={number}"
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(child), "-o", "/dev/null", "-e", f"trace={call}", "-e", place],
        stderr=subprocess.DEVNULL,
    )
    while not all(_is_traced(task) for task in Path(f"/proc/{child}/task").iterdir()):
        threading.Event().wait(0.005)
    os.kill(child, signal.SIGCONT)
    code = ended(child)
    tracer.wait(30)
    assert code in {0, -signal.SIGKILL}, code
    return code != 0


def _is_traced(task: Path) -> bool:
    lines = (task / "status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("TracerPid")) != "0"


def finish(database: Path, url: str) -> None:
    """The next process, after the lease of the first is over; then the incident ends, if it has not."""

    def work() -> None:
        store = open_store(database)
        send_all(store, url, 200)
        store.owe([RESOLVE])
        send_all(store, url, 300)
        assert store.owed() == 0
        store.close()

    assert ended(forked(work)) == 0


def prepare(database: Path, story: str) -> None:
    def work() -> None:
        migrate.upgrade(database)
        store = open_store(database)
        store.owe([TRIGGER])
        if story == "resolve":
            store.claim(at(67), 60.0)
            store.delivered(TRIGGER.id, at(67))
            store.owe([RESOLVE])
        store.close()

    assert ended(forked(work)) == 0


def main(folder: Path, url: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    httpx.Client(trust_env=False, verify=_public()).close()  # what is slow to import and to make is inherited
    for story in STORIES:
        ready = folder / f"{story}.db"
        prepare(ready, story)
        for call in CALLS:
            number, goes_on = 0, True
            while goes_on:
                number += 1
                database = Path(shutil.copy(ready, folder / f"{story}-{call}-{number}.db"))
                goes_on = killed(database, f"{url}/{story}/{call}/{number}", call, number)
                finish(database, f"{url}/{story}/{call}/{number}")
            print(story, call, number - 1, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
