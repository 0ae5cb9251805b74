"""What `up`, `agent` and `centre` share: the form of the log, signals, and an orderly end."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TextIO

import click

from synthmon.app import logs
from synthmon.app.role import Role
from synthmon.cli import first_process
from synthmon.events import Events
from synthmon.heap.lasting import TEND_EVERY, Heap, give_back, share_one_arena

_log = Events()

SECOND_SIGNAL = 130
GIVEN_UP = 1
STOP_WITHIN = 58.0  # seconds; whoever stops us is asked to wait for sixty
ENDING = (signal.SIGTERM, signal.SIGINT)
LAST_LINES_WITHIN = 2.0  # seconds

LOG = click.option(
    "--log",
    "form",
    type=click.Choice(logs.FORMS),
    default="auto",
    show_default=True,
    envvar="SYNTHMON_LOG_FORMAT",
    help="The form of the log; auto is text on a terminal and JSON elsewhere, ecs is JSON for Elasticsearch.",
)


class Signals:
    """Signals from the moment it is made, in the order in which they came; a second wish to end is granted at once.

    Python calls a handler in the main thread alone, once that runs; but the system may hand a signal to any thread, or
    just before the main thread begins to wait, and then nothing wakes it. So the handlers do nothing: what hears a
    signal is a thread that reads the byte which Python writes at once, whichever thread was interrupted.

    `endings` are those that mean the end; `hurried` has the last word before it is granted at once.
    """

    def __init__(self, endings: Sequence[int] = ENDING) -> None:
        self.endings = endings
        self.hurried: Callable[[], None] = lambda: None
        self._come: SimpleQueue[int] = SimpleQueue()
        self._ending = threading.Event()
        self._heard, written = socket.socketpair()
        written.setblocking(False)  # noqa: FBT003 - socket takes no other
        signal.set_wakeup_fd(written.detach(), warn_on_full_buffer=False)  # as long as the process lives
        threading.Thread(target=self._listen, name="signals", daemon=True).start()
        for number in (*ENDING, signal.SIGHUP):
            signal.signal(number, _is_heard_elsewhere)

    def _listen(self) -> None:
        while said := self._heard.recv(64):
            for number in said:
                self._note(number)

    def _note(self, number: int) -> None:
        if number in self.endings:
            if self._ending.is_set():
                self._hurry()
            self._ending.set()
        if number in (*ENDING, signal.SIGHUP):
            self._come.put(number)

    def _hurry(self) -> None:
        try:
            self.hurried()
        finally:
            os._exit(SECOND_SIGNAL)

    def next(self, seconds: float) -> int | None:
        """Wait for the next one, for so long at most."""
        try:
            return self._come.get(timeout=seconds)
        except Empty:
            return None

    def end_within(self, seconds: float) -> bool:
        """Wait for so long at most; whether somebody wants the end."""
        return self._ending.wait(seconds)


def _is_heard_elsewhere(_number: int, _frame: FrameType | None) -> None:
    """Only so that the signal does not end the process."""


def serve(form: str, made: Callable[[Signals], Role | None], greeting: Callable[[Role], str]) -> None:
    """Run a role until a signal asks for its end; `made` gives None when that came before there was one."""
    share_one_arena()  # first, as hearing signals takes a thread
    asked = Signals()
    if first_process.is_first():
        first_process.leave_no_zombies()
    out = logs.set_up(form=form, outlet=True)
    try:
        role = made(asked)
        if role is not None:
            _run(role, asked, greeting, None if form == logs.ECS else out)
    finally:
        if isinstance(out, logs.Outlet):
            out.drain(LAST_LINES_WITHIN)


def _run(role: Role, asked: Signals, greeting: Callable[[Role], str], out: TextIO | None) -> None:
    """`out` is where people are greeted; None: every line of the log is an event."""
    heap = Heap()
    heap.settle()
    give_back()  # what the files of probes took while they were read
    role.start()
    if out is not None:
        out.write(f"{greeting(role)}\n")
    wait_for_the_end(role, asked, heap)


def wait_for_the_end(role: Role, asked: Signals, heap: Heap) -> None:
    """Until a signal asks for the end; then in order, unless a second one is in a hurry."""
    while (come := asked.next(TEND_EVERY)) not in asked.endings:
        if come is None:
            heap.tend()
        else:
            role.reload()
    with _bounded():
        role.stop()


@contextmanager
def _bounded() -> Iterator[None]:
    """Each part of a stop has its time; all of them together have `STOP_WITHIN`, whatever they wait for."""
    late = threading.Timer(STOP_WITHIN, _give_up)
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()


def _give_up() -> None:
    """What is acknowledged is durable, and the process would be killed in a moment."""
    _log.error("stop.given_up", seconds=STOP_WITHIN, hint="what it waited for is in the lines before")
    os._exit(GIVEN_UP)
