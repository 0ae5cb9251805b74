"""The folder of a demo: laid out as a user's would be, so that there are files to look at and to break."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from synthmon.app.shipped import shipped

PORT = click.IntRange(0, 65535)  # 0 is any that is free


@contextmanager
def new_folder(keep: bool) -> Iterator[Path]:
    """A new one, which is gone afterwards unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="synthmon-demo-"))
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
