"""`synthmon worker`: a Celery worker of one region, until somebody stops it."""

from __future__ import annotations

from pathlib import Path

import click

from synthmon.app.agent_daemon import wait_for_configuration
from synthmon.app.role import Role
from synthmon.app.worker_daemon import WorkerDaemon
from synthmon.cli.common import CONFIG, SETTINGS, origin
from synthmon.cli.serving import LOG, Signals, serve


@click.command(context_settings=SETTINGS)
@CONFIG
@LOG
@click.option(
    "--concurrency",
    type=click.IntRange(1, 512),
    default=16,
    show_default=True,
    help="How many runs to make at a time, each in a thread.",
)
@click.option("--recover", is_flag=True, help="Keep a damaged spool aside and begin a new one.")
def worker(config: Path | None, form: str, concurrency: int, recover: bool) -> None:
    """Make runs of a region that its agents hand out through a broker, and deliver them to the centre.

    Needs SYNTHMON_BROKER_URL and what an agent needs: SYNTHMON_REGION, SYNTHMON_CENTRE_URL and SYNTHMON_AGENT_TOKEN;
    and the extra: pip install 'synthmon[celery]'. It ends like an agent: SIGTERM or Ctrl-C lets running journeys end.
    """
    here = origin(config)

    def made(asked: Signals) -> Role | None:
        ready = wait_for_configuration(here, asked.end_within)
        return WorkerDaemon(here, concurrency=concurrency, recover=recover) if ready else None

    serve(form, made, lambda role: f"synthmon worker of {', '.join(role.settings.regions_run_here)}")
