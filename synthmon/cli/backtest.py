"""`synthmon backtest`: an edited alert policy tried on what has happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from synthmon.app import clock
from synthmon.app.backtesting import Backtest
from synthmon.app.backtesting import backtest as tried
from synthmon.cli.common import CONFIG, DATA, SETTINGS, console, print_json
from synthmon.cli.layout import hang, put, table
from synthmon.cli.window import window_of
from synthmon.judge.compare import Pair, pages, told_first
from synthmon.language.duration import parse_duration
from synthmon.model import words
from synthmon.model.incident import Incident
from synthmon.reports.archive import write_page
from synthmon.reports.backtest import render


@click.command(context_settings=SETTINGS)
@click.argument("probes", nargs=-1, metavar="[PROBE]...")
@click.option("--for", "length", metavar="LENGTH", default="7d", show_default=True, help="How far back: 24h, 7d, 30d.")
@click.option("--html", "page", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write a page.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@DATA
@CONFIG
def backtest(
    probes: tuple[str, ...], length: str, page: Path | None, as_json: bool, data: Path | None, config: Path | None
) -> None:
    """Judge kept runs again by the alerts that the files declare now, and show what would have been told.

    Edit `alerts`, `depends_on` or `synthmon.yaml` in a copy of your folder, and name the daemon's data directory with
    --data. Nothing is written to the database, and nobody is told anything. Exits 0.
    """
    end = clock.now()
    start = end - _length(length)
    found = tried(window_of(config, data), start, end, probes)
    if page is not None:
        click.echo(str(write_page(page, render(found.start, found.end, found.runs, found.probes, found.pairs))))
    elif as_json:
        print_json(_as_json(found))
    else:
        _print(console(), found)


def _length(text: str) -> timedelta:
    try:
        return timedelta(seconds=parse_duration(text))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--for") from error


def _print(out: Console, found: Backtest) -> None:
    put(out, f"{words.instant(found.start)} to {words.instant(found.end)}: {found.runs} runs judged again")
    put(out, "")
    if not found.pairs:
        put(out, "Nothing was told, and nothing would have been.")
        return
    rows = [_row(pair) for pair in found.pairs]
    table(out, ("began", "probe", "was told", "would be told", "what"), rows)
    put(out, "")
    hang(out, "", _summary(found))


def _row(pair: Pair) -> list[Text]:
    incident = pair.incident
    return [
        Text(f"{incident.began_at:%m-%d %H:%M:%S}"),
        Text(incident.probe, style="bold"),
        Text(_told(pair.then), style="" if pair.now else "yellow"),
        Text(_told(pair.now), style="" if pair.then else "yellow"),
        Text(words.printable(incident.reason, 200)),
    ]


def _told(incident: Incident | None) -> str:
    if incident is None:
        return "–"
    if not incident.told:
        return "nobody"
    after = words.span((told_first(incident) - incident.began_at).total_seconds())
    return f"{incident.severity.value} after {after}"


def _summary(found: Backtest) -> str:
    then, now = pages(found.then), pages(found.now)
    only_then = sum(1 for pair in found.pairs if pair.now is None)
    only_now = sum(1 for pair in found.pairs if pair.then is None)
    return (
        f"{_many(then, 'page')} then, {now} now; {_many(len(found.then), 'incident')} then, {len(found.now)} now:"
        f" {only_then} would not have been, {only_now} would be new."
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _as_json(found: Backtest) -> dict[str, object]:
    return {
        "start": found.start.isoformat(),
        "end": found.end.isoformat(),
        "runs": found.runs,
        "pages": {"then": pages(found.then), "now": pages(found.now)},
        "incidents": [{"then": _incident(pair.then), "now": _incident(pair.now)} for pair in found.pairs],
    }


def _incident(incident: Incident | None) -> dict[str, object] | None:
    if incident is None:
        return None
    return {
        "probe": incident.probe,
        "track": incident.track.value,
        "severity": incident.severity.value,
        "began_at": incident.began_at.isoformat(),
        "opened_at": incident.opened_at.isoformat(),
        "resolved_at": _maybe(incident.resolved_at),
        "told_at": told_first(incident).isoformat() if incident.told else None,
        "told": list(incident.told),
        "reason": incident.reason,
    }


def _maybe(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
