"""`synthmon up`: the daemon, until somebody stops it."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType

import click

from synthmon.app import logs
from synthmon.app.daemon import Daemon
from synthmon.cli.common import CONFIG, origin

SECOND_SIGNAL = 130


@click.command()
@CONFIG
@click.option("--log", "form", type=click.Choice(["auto", "json", "text"]), default="auto", show_default=True)
def up(config: Path | None, form: str) -> None:
    """Run the daemon: probe, judge, tell, report, and show it on the status page.

    SIGTERM or Ctrl-C lets running journeys end (20 s, then their cleanup) and exits 0; a second one stops at once.
    SIGHUP reads the files again.
    """
    logs.set_up(pretty={"auto": None, "json": False, "text": True}[form])
    daemon = Daemon(origin(config))
    daemon.start()
    click.echo(f"synthmon {daemon.settings.environment}: status page at {daemon.url}", err=True)
    wait_for_the_end(daemon)


def wait_for_the_end(daemon: Daemon) -> None:
    """Until a signal asks for the end; then in order, unless a second one is in a hurry."""
    asked = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            os._exit(SECOND_SIGNAL)
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=daemon.reload, name="reload").start())
    while not asked.wait(3600.0):
        pass
    daemon.stop()
