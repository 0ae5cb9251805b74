"""What several commands share: where they stand, consoles, and how a time is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import click
from rich.console import Console

from synthmon.app.configuration import Origin

CONFIG = click.option(
    "--config", "config", type=click.Path(path_type=Path), help="The configuration file (default: ./synthmon.yaml)."
)


def origin(config: Path | None) -> Origin:
    """The environment, the file named, and the folder that the person stands in."""
    return Origin(dict(os.environ), config.resolve() if config else None, Path.cwd())


def console(*, stderr: bool = False) -> Console:
    """A terminal's width where there is one; wide enough for a line of log where there is none."""
    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=110)
