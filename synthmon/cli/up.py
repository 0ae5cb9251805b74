"""`synthmon up`: the daemon, until somebody stops it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from queue import SimpleQueue
from types import FrameType

import click

from synthmon.app import logs
from synthmon.app.daemon import Daemon
from synthmon.cli.common import CONFIG, SETTINGS, origin

SECOND_SIGNAL = 130
ENDING = (signal.SIGTERM, signal.SIGINT)
LAST_LINES_WITHIN = 2.0  # seconds


@click.command(context_settings=SETTINGS)
@CONFIG
@click.option(
    "--log",
    "form",
    type=click.Choice(["auto", "json", "text"]),
    default="auto",
    show_default=True,
    help="The form of the log; auto is text on a terminal and JSON elsewhere.",
)
def up(config: Path | None, form: str) -> None:
    """Run the daemon: probe, judge, tell, report, and show it on the status page.

    SIGTERM or Ctrl-C lets running journeys end (20 s, then their cleanup) and exits 0; a second one stops at once.
    SIGHUP reads the files again.
    """
    asked = Signals()
    out = logs.set_up(pretty={"auto": None, "json": False, "text": True}[form], outlet=True)
    try:
        daemon = Daemon(origin(config))
        daemon.start()
        out.write(f"synthmon {daemon.settings.environment}: status page at {daemon.url}\n")
        wait_for_the_end(daemon, asked)
    finally:
        if isinstance(out, logs.Outlet):
            out.drain(LAST_LINES_WITHIN)


class Signals:
    """Signals from the moment it is made, in the order in which they came; a second wish to end is granted at once.

    What a handler puts into a `SimpleQueue` can never wait for the thread that it interrupted.
    """

    def __init__(self) -> None:
        self._come: SimpleQueue[int] = SimpleQueue()
        self._ending = False
        for number in (*ENDING, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number in ENDING:
            if self._ending:
                os._exit(SECOND_SIGNAL)
            self._ending = True
        self._come.put(number)

    def next(self) -> int:
        """Wait for the next one."""
        return self._come.get()


def wait_for_the_end(daemon: Daemon, asked: Signals) -> None:
    """Until a signal asks for the end; then in order, unless a second one is in a hurry."""
    while asked.next() not in ENDING:
        daemon.reload()
    daemon.stop()
