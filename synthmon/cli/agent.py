"""`synthmon agent`: the agent of one region, until somebody stops it."""

from __future__ import annotations

from pathlib import Path

import click

from synthmon.app.agent_daemon import AgentDaemon, origin_of_agent, wait_for_configuration
from synthmon.app.role import Role
from synthmon.cli.common import CONFIG, SETTINGS, origin
from synthmon.cli.serving import LOG, Signals, serve


@click.command(context_settings=SETTINGS)
@CONFIG
@LOG
@click.option("--recover", is_flag=True, help="Keep a damaged spool aside and begin a new one.")
def agent(config: Path | None, form: str, recover: bool) -> None:
    """Run the agent of a region: probe what the centre declares, and deliver to it.

    Needs SYNTHMON_REGION, SYNTHMON_CENTRE_URL and SYNTHMON_AGENT_TOKEN. Results are spooled on disk while the centre is
    away. SIGTERM or Ctrl-C lets running journeys end (20 s, then their cleanup) and exits 0; a second one stops at
    once. SIGHUP reads the files again.
    """
    here = origin_of_agent(origin(config))

    def made(asked: Signals) -> Role | None:
        return AgentDaemon(here, recover=recover) if wait_for_configuration(here, asked.end_within) else None

    serve(form, made, lambda role: f"synthmon agent of {', '.join(role.settings.regions_run_here)}")
