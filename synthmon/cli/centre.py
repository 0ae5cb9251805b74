"""`synthmon centre`: everything but probing, until somebody stops it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from synthmon.app.daemon import Daemon, read_centre
from synthmon.cli.common import CONFIG, SETTINGS, origin
from synthmon.cli.serving import LOG, serve

TURN = 0.001  # seconds for which a thread goes on while another one wants to


@click.command(context_settings=SETTINGS)
@CONFIG
@LOG
def centre(config: Path | None, form: str) -> None:
    """Run the centre alone: hear the agents of every region, judge, tell, report, and show it on the status page.

    It probes nothing itself; `synthmon agents add REGION` makes the token by which a region's agents are let in.
    SIGTERM or Ctrl-C ends it in order and exits 0; a second one stops at once. SIGHUP reads the files again.
    """
    # Whoever waits for a disk or a socket gives Python's lock away, and has it back from a busy thread after this time.
    # By Python's own, five milliseconds, a centre with much to do spends its writer's time with waiting.
    sys.setswitchinterval(TURN)
    serve(
        form,
        lambda _asked: Daemon(origin(config), read_centre),
        lambda role: f"synthmon centre {role.settings.environment}: status page at {role.url}",
    )
