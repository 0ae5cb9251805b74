"""What a daemon keeps, open for as long as one command runs."""

from __future__ import annotations

from pathlib import Path

import click

from synthmon.app.looking import Window, look
from synthmon.cli.common import origin


def window_of(config: Path | None, data: Path | None) -> Window:
    """The window onto what is kept; it is closed when the command ends, however that is."""
    window = look(origin(config), data)
    click.get_current_context().call_on_close(window.store.close)
    return window
