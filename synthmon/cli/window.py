"""What a daemon keeps, open for as long as one command runs."""

from __future__ import annotations

from pathlib import Path

import click

from synthmon.app.looking import Window, glance, look
from synthmon.cli.common import origin
from synthmon.cli.guard import complain


def window_of(config: Path | None, data: Path | None) -> Window:
    """The window onto what is kept, by files that are right; it is closed when the command ends, however that is."""
    return _until_the_end(look(origin(config), data))


def window_in_need(config: Path | None, data: Path | None) -> Window:
    """The same for whoever has to see what is wrong now: a broken file is complained of, and keeps nobody from it."""
    window = _until_the_end(glance(origin(config), data))
    if window.broken:
        first, more = window.broken[0], len(window.broken) - 1
        place = first.source if first.source.line else first.source.path
        others = f", and {more} more problem{'s' if more > 1 else ''}" if more else ""
        hint = "what was taken over last is shown, as a daemon goes on with it; `synthmon validate` shows what to mend"
        complain(f"{place}: {first.message}{others}", hint)
    return window


def _until_the_end(window: Window) -> Window:
    click.get_current_context().call_on_close(window.store.close)
    return window
