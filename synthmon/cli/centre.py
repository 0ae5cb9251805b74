"""`synthmon centre`: everything but probing, until somebody stops it."""

from __future__ import annotations

from pathlib import Path

import click

from synthmon.app.daemon import Daemon, read_centre
from synthmon.cli.common import CONFIG, SETTINGS, origin
from synthmon.cli.serving import LOG, serve


@click.command(context_settings=SETTINGS)
@CONFIG
@LOG
def centre(config: Path | None, form: str) -> None:
    """Run the centre alone: hear the agents of every region, judge, tell, report, and show it on the status page.

    It probes nothing itself; `synthmon agents add REGION` makes the token by which a region's agents are let in.
    SIGTERM or Ctrl-C ends it in order and exits 0; a second one stops at once. SIGHUP reads the files again.
    """
    serve(
        form,
        lambda _asked: Daemon(origin(config), read_centre),
        lambda role: f"synthmon centre {role.settings.environment}: status page at {role.url}",
    )
