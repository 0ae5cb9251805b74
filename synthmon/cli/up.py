"""`synthmon up`: the daemon, until somebody stops it."""

from __future__ import annotations

from pathlib import Path

import click

from synthmon.app.daemon import Daemon
from synthmon.cli.common import CONFIG, SETTINGS, origin
from synthmon.cli.serving import LOG, serve


@click.command(context_settings=SETTINGS)
@CONFIG
@LOG
def up(config: Path | None, form: str) -> None:
    """Run the daemon: probe, judge, tell, report, and show it on the status page.

    SIGTERM or Ctrl-C lets running journeys end (20 s, then their cleanup) and exits 0; a second one stops at once.
    SIGHUP reads the files again.
    """
    serve(
        form,
        lambda _asked: Daemon(origin(config)),
        lambda role: f"synthmon {role.settings.environment}: status page at {role.url}",
    )
