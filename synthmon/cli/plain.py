"""What rich's console is to a terminal, for a pipe or a file: lines, none of them broken, without colours."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

from synthmon.cli.common import UNBROKEN, console

if TYPE_CHECKING:
    from rich.console import Console

_ASKED = ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""Variables by which somebody may want the output as for a terminal, or as wide as one; rich knows what they mean."""


def may_be_watched(stream: TextIO) -> bool:
    """Whether rich has to say what is to be shown there."""
    return stream.isatty() or any(name in os.environ for name in _ASKED)


class Plain:
    """Prints what certainly is a line as it is; the rest, and only that, goes through rich, which knows better."""

    width = UNBROKEN

    def __init__(self) -> None:
        self._rich: Console | None = None
        # The stream itself: while rich tells on standard error that something goes on, `sys.stdout` leads there.
        self._stream = sys.stdout

    @property
    def rich(self) -> Console:
        if self._rich is None:
            self._rich = console()
        return self._rich

    def print(self, line: str = "") -> None:
        self._stream.write(f"{line}\n")

    def flush(self) -> None:
        self._stream.flush()


def output() -> Console | Plain:
    """Where a command says what it found."""
    return console() if may_be_watched(sys.stdout) else Plain()
