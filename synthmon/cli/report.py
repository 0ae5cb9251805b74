"""`synthmon report`: the availability report of a day."""

from __future__ import annotations

import webbrowser
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from synthmon.app import clock
from synthmon.app.looking import look
from synthmon.app.reporting import write_page
from synthmon.cli.common import CONFIG, origin
from synthmon.cli.look import DATA
from synthmon.reports import wording
from synthmon.reports.html import render


@click.group()
def report() -> None:
    """Write an availability report."""


@report.command()
@click.option("--date", "day", default="today", show_default=True, help="YYYY-MM-DD, today or yesterday.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to (default: the archive).")
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@DATA
@CONFIG
def daily(day: str, output: Path | None, show: bool, data: Path | None, config: Path | None) -> None:
    """Write the report of one day as a single HTML page; a day that is not over is marked as in progress."""
    window = look(origin(config), data)
    desk = window.desk()
    chosen = _date(day, clock.now().astimezone(desk.zone).date())
    made = desk.daily(chosen, clock.now(), {probe.name: probe for probe in window.loaded.probes})
    path = write_page(output or desk.folder / f"daily-{chosen.isoformat()}.html", render(made))
    click.echo(f"{wording.subject(made)}\n{path}")
    if show:
        webbrowser.open(path.absolute().as_uri())


def _date(text: str, today: date) -> date:
    known = {"today": today, "yesterday": today - timedelta(days=1)}
    if text in known:
        return known[text]
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not YYYY-MM-DD, today or yesterday", param_hint="--date") from error
