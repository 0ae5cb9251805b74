"""What several commands share: where they stand, consoles, and how JSON is printed."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from synthmon.app.configuration import Origin
from synthmon.patterns import regular

if TYPE_CHECKING:
    from rich.console import Console

SETTINGS = {"help_option_names": ["-h", "--help"]}

CONFIG = click.option(
    "--config",
    "config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The configuration file (default: ./synthmon.yaml).",
)
DATA = click.option(
    "--data",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="The daemon's data directory (default: ./.synthmon).",
)


class Number(click.FloatRange):
    """A number within bounds. `nan` is beyond none, as it compares with nothing, and would be taken for one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number


UNBROKEN = 10_000  # columns: in a file or a pipe a line ends where its sentence does

# Beyond what JSON must escape: what a terminal could take for a command, and halves of characters.
_UNPRINTABLE = regular("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def origin(config: Path | None) -> Origin:
    """The environment, the file named, and the folder that the person stands in."""
    return Origin(dict(os.environ), config.resolve() if config else None, Path.cwd())


def user() -> str:
    """Who types, for what is signed."""
    return os.environ.get("USER", "the command line")


def console(*, stderr: bool = False) -> Console:
    """As wide as the terminal, or as COLUMNS says; elsewhere nothing is wrapped. Text is never read as markup."""
    from rich.console import Console  # here, because not every command prints by it

    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if made.is_terminal:
        return made
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdecimal() and int(columns) else UNBROKEN
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=width)


def print_json(value: object) -> None:
    """Print it readably; characters that could command a terminal, or that its character set lacks, are escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    text = json.dumps(value, indent=2, ensure_ascii=encoding.lower().replace("-", "") != "utf8")
    click.echo(_UNPRINTABLE.sub(_escape, text))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def pairs(given: Sequence[str]) -> dict[str, str]:
    """What `--var` was given, as names and values."""
    split = [text.partition("=") for text in given]
    for name, sign, _ in split:
        if not sign or not name:
            raise click.BadParameter(f"{name!r} is not NAME=VALUE", param_hint="--var")
    return {name: value for name, _, value in split}
