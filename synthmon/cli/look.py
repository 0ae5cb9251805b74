"""`synthmon status`, `incidents`, `why` and `health`: how things are, read beside the daemon."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from synthmon.app import clock
from synthmon.app.looking import Window, ask_daemon, look, settings_to_find
from synthmon.cli.common import CONFIG, console, origin
from synthmon.errors import ConfigurationError
from synthmon.language.suggest import did_you_mean
from synthmon.model import words
from synthmon.model.incident import DeliveryStatus, Health, Incident
from synthmon.model.probe import Probe
from synthmon.web.overview import ProbeLine, overview

STYLES = {Health.UP: "green", Health.DEGRADED: "yellow", Health.DOWN: "red", Health.UNKNOWN: "bright_black"}
DATA = click.option("--data", type=click.Path(path_type=Path), help="The daemon's data directory.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@DATA
@CONFIG
def status(as_json: bool, data: Path | None, config: Path | None) -> None:
    """Show how every probe is. Exits 0 when all are up, 1 when one is not."""
    window = look(origin(config), data)
    lines = overview(window.store, _probes(window), clock.now())
    if as_json:
        click.echo(json.dumps([_as_json(line) for line in lines], indent=2, ensure_ascii=False))
    else:
        console().print(_table(lines) if lines else "No probe is declared.")
    sys.exit(0 if all(line.health.health is Health.UP for line in lines) else 1)


def _probes(window: Window) -> Mapping[str, Probe]:
    return {probe.name: probe for probe in window.loaded.probes}


def _table(lines: list[ProbeLine]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    for heading in ("", "probe", "since", "regions", "last run", "why"):
        table.add_column(heading, overflow="fold")
    now = clock.now()
    for line in lines:
        last = line.last
        since = words.span(max(0.0, (now - line.health.at).total_seconds()))
        table.add_row(
            Text(line.health.health.value, style=STYLES[line.health.health]),
            Text(line.probe.name, style="bold"),
            since,
            Text(", ".join(f"{cell.region}: {cell.words}" for cell in line.cells)),
            f"{last.outcome.value}, {words.seconds(last.duration)}" if last else "none yet",
            Text(words.printable(line.health.reason, 200) if line.health.health is not Health.UP else ""),
        )
    return table


def _as_json(line: ProbeLine) -> dict[str, object]:
    return {
        "probe": line.probe.name,
        "health": line.health.health.value,
        "since": line.health.at.isoformat(),
        "reason": line.health.reason,
        "regions": {cell.region: cell.phase.value for cell in line.cells},
        "incidents": [incident.id for incident in line.incidents],
    }


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Those that are over too.")
@DATA
@CONFIG
@click.pass_context
def incidents(context: click.Context, everything: bool, data: Path | None, config: Path | None) -> None:
    """List incidents that are not over. `synthmon incidents ack ID` takes one on."""
    if context.invoked_subcommand is not None:
        context.obj = (data, config)
        return
    found = look(origin(config), data).store.incidents(current=None if everything else True, limit=50)
    if not found:
        click.echo("No incident." if everything else "No open incident.")
    for incident in found:
        _print_incident(console(), incident)


def _print_incident(out: Console, incident: Incident) -> None:
    ended = f"resolved {words.instant(incident.resolved_at)}" if incident.resolved_at else incident.status.value
    taken = f" by {incident.acknowledged_by}" if incident.acknowledged_by and not incident.resolved_at else ""
    out.print(Text(f"{incident.probe} is {words.printable(incident.reason)}", style="bold"), soft_wrap=True)
    out.print(Text(f"  {incident.id}", style="bright_black"))
    out.print(
        f"  {incident.severity.value}, {ended}{taken}; began {words.instant(incident.began_at)}"
        f" in {', '.join(incident.regions)}"
    )


@incidents.command()
@click.argument("incident")
@click.option("--by", "actor", help="Who takes it on (default: the user's name).")
@click.pass_obj
def ack(obj: tuple[Path | None, Path | None], incident: str, actor: str | None) -> None:
    """Take INCIDENT on: its id, or the name of a probe that has one open."""
    data, config = obj
    window = look(origin(config), data)
    found = [one for one in window.store.incidents(current=True) if incident in (one.id, one.probe)]
    if not found:
        raise ConfigurationError(f"there is no open incident {incident!r}", hint="`synthmon incidents` lists them")
    for one in found:
        answer = ask_daemon(window.settings, "POST", f"/api/v1/incidents/{one.id}/acknowledge", actor=actor or _user())
        click.echo(f"{one.probe}: " + ("acknowledged" if answer.is_success else answer.json().get("error", "refused")))


def _user() -> str:
    return origin(None).environ.get("USER", "the command line")


@click.command()
@click.argument("probe")
@DATA
@CONFIG
def why(probe: str, data: Path | None, config: Path | None) -> None:
    """Say why somebody was, or was not, told about PROBE."""
    window = look(origin(config), data)
    line = next(
        (line for line in overview(window.store, _probes(window), clock.now()) if line.probe.name == probe), None
    )
    if line is None:
        close = did_you_mean(probe, _probes(window))
        raise ConfigurationError(f"there is no probe {probe!r}", hint=f"did you mean `{close}`?" if close else None)
    out = console()
    health = line.health
    since = words.instant(health.at)
    out.print(Text(f"{probe} is {health.health.value} since {since}: {words.printable(health.reason)}", style="bold"))
    for cell in line.cells:
        out.print(f"  {cell.region}: {cell.words}; last run {cell.last_outcome or 'none yet'}")
    for rule in line.probe.alerts:
        needed = f"{rule.at_least} in a row" if rule.consecutive else f"{rule.at_least} of {rule.of}"
        bad = "failed" if rule.track == "down" else "degraded"
        out.print(f"  rule “{rule.name}”: {needed} {bad}, regions: {rule.regions}, severity {rule.severity.value}")
    if not line.probe.alerts:
        out.print("  it has no alert rule, so nobody is ever told")
    for incident in window.store.incidents(probe=probe, limit=3):
        _print_incident(out, incident)
        _print_deliveries(out, window, incident)
    if not window.store.incidents(probe=probe, limit=1):
        out.print("  no incident was ever opened, so nobody was told")


def _print_deliveries(out: Console, window: Window, incident: Incident) -> None:
    for delivery in window.store.deliveries(incident.id):
        told = delivery.notification
        state = {
            DeliveryStatus.SENT: f"accepted {words.instant(delivery.sent_at)}",
            DeliveryStatus.DEAD: f"given up: {words.printable(delivery.last_error or '')}",
            DeliveryStatus.PENDING: f"owed since {words.instant(told.created_at)}, {delivery.attempts} attempts"
            + (f", last: {words.printable(delivery.last_error)}" if delivery.last_error else ""),
        }[delivery.status]
        out.print(Text(f"    {told.occasion.value} to {told.channel}: {state}"), soft_wrap=True)


@click.command()
@DATA
@CONFIG
def health(data: Path | None, config: Path | None) -> None:
    """Ask the running daemon whether every loop of it lives. Exits 0 when it is well, 1 when it is not."""
    try:
        answer = ask_daemon(settings_to_find(origin(config), data), "GET", "/healthz")
        body = answer.json()
    except ConfigurationError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(body["status"] + ("".join(f"\n  {trouble}" for trouble in body["troubles"])))
    sys.exit(0 if answer.is_success else 1)
