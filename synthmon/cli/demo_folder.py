"""The folder of a demo: laid out as a user's would be, so that there are files to look at and to break."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from synthmon.app.shipped import shipped
from synthmon.cli.serving import ENDING, Signals

PORT = click.IntRange(0, 65535)  # 0 is any that is free


def signals() -> Signals:
    """What a demo hears from now on. It ends with the terminal that it was started in, unless told not to (`nohup`)."""
    return Signals(ENDING if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*ENDING, signal.SIGHUP))


@contextmanager
def new_folder(keep: bool, asked: Signals) -> Iterator[Path]:
    """A new one, which is gone afterwards unless it is to be kept, or somebody is in too much of a hurry."""
    folder = Path(tempfile.mkdtemp(prefix="synthmon-demo-"))
    asked.hurried = lambda: click.echo(f"ended at once; its files are still in {folder}")
    try:
        yield folder
    finally:
        if keep:
            click.echo(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def with_probes(folder: Path) -> None:
    """The probes that travel with synthmon."""
    shutil.copytree(shipped("probes"), folder / "probes")
