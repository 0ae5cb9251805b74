"""`synthmon report`: the availability report of a day."""

from __future__ import annotations

import webbrowser
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from synthmon.app import clock
from synthmon.app.reporting import write_page
from synthmon.cli.common import CONFIG, DATA, SETTINGS
from synthmon.cli.window import window_of
from synthmon.reports import wording
from synthmon.reports.html import render

_WORDS = {"today": 0, "yesterday": 1}  # days back


@click.group(context_settings=SETTINGS)
def report() -> None:
    """Write an availability report."""


@report.command(short_help="Write the report of one day as a single HTML page.")
@click.option(
    "--date",
    "day",
    metavar="DAY",
    default="today",
    show_default=True,
    callback=lambda _context, _option, text: _known(text),
    help="YYYY-MM-DD, today or yesterday.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to (default: reports/daily-DAY.html in the data directory).",
)
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@DATA
@CONFIG
def daily(day: str, output: Path | None, show: bool, data: Path | None, config: Path | None) -> None:
    """Write the report of one day as a single HTML page; a day that is not over is marked as in progress."""
    window = window_of(config, data)
    desk = window.desk()
    chosen = _date(day, clock.now().astimezone(desk.zone).date())
    made = desk.daily(chosen, clock.now(), {probe.name: probe for probe in window.loaded.probes})
    path = write_page(output or desk.folder / f"daily-{chosen.isoformat()}.html", render(made))
    click.echo(f"{wording.subject(made)}\n{path}")
    if show:
        webbrowser.open(path.absolute().as_uri())


def _known(text: str) -> str:
    """Refuse what is no date before anything is opened."""
    if text not in _WORDS:
        _date(text, date.max)
    return text


def _date(text: str, today: date) -> date:
    if text in _WORDS:
        return today - timedelta(days=_WORDS[text])
    try:
        chosen = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not YYYY-MM-DD, today or yesterday", param_hint="--date") from error
    if chosen > today:
        raise click.BadParameter(f"{text} has not begun; today is {today}", param_hint="--date")
    return chosen
