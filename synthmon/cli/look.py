"""`synthmon status`, `incidents`, `why` and `health`: how things are, read beside the daemon."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from synthmon.app import clock
from synthmon.app.hindsight import look_back, tell
from synthmon.app.looking import Window, ask_daemon, settings_to_find
from synthmon.app.usual import tell_usual
from synthmon.cli.common import CONFIG, DATA, SETTINGS, console, origin, print_json, user
from synthmon.cli.guard import complain
from synthmon.cli.layout import hang, put, table
from synthmon.cli.window import window_in_need
from synthmon.errors import ConfigurationError
from synthmon.judge.region import stale_since
from synthmon.language.suggest import did_you_mean
from synthmon.model import words
from synthmon.model.incident import DeliveryStatus, Health, Incident, RegionPhase
from synthmon.model.probe import NAMESAKES, OWN_TRACKS, AlertRule, Probe
from synthmon.model.run import RunResult
from synthmon.web.asking import instant
from synthmon.web.calendar import mark
from synthmon.web.overview import ProbeLine, overview, with_recent

STYLES = {Health.UP: "green", Health.DEGRADED: "yellow", Health.DOWN: "red", Health.UNKNOWN: "bright_black"}
UNHEEDED = timedelta(seconds=30)  # who judges calls a stale belief unknown within seconds
LATE = 1.0  # seconds from which it is worth a word
_HEADINGS = ("", "probe", "since", "regions", "last run", "why")


@click.command(context_settings=SETTINGS)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@DATA
@CONFIG
def status(as_json: bool, data: Path | None, config: Path | None) -> None:
    """Show how every probe is. Exits 0 when all are up, 1 when one is not."""
    window = window_in_need(config, data)
    probes = _probes(window)
    judged = _is_judged(window, probes)
    known = overview(window.store, probes, clock.now(), window.settings.windows)
    lines = with_recent(window.store, known, 1)
    if as_json:
        print_json([_as_json(line) for line in lines])
    elif lines:
        table(console(), _HEADINGS, [_row(line) for line in lines])
    else:
        click.echo("No probe is declared.")
    sys.exit(0 if judged and all(line.health.health is Health.UP for line in lines) else 1)


def _probes(window: Window) -> Mapping[str, Probe]:
    return {probe.name: probe for probe in window.loaded.probes}


def _is_judged(window: Window, probes: Mapping[str, Probe]) -> bool:
    """Whether a judge is at work; where none is, it is complained of, as what is kept looks like what is true now."""
    before = clock.now() - UNHEEDED
    believed = [
        state
        for state in window.store.states()
        if state.probe in probes and any(track.phase is not RegionPhase.BLIND for track in state.tracks.values())
    ]
    if not any(stale_since(state, probes[state.probe], before) for state in believed):
        return True
    newest = max(state.last_slot for state in believed if state.last_slot is not None)
    complain(
        f"nobody judges: what is shown was believed at {words.instant(newest)}, when the newest run was due",
        "is the daemon still running? `synthmon health` asks it",
    )
    return False


def _row(line: ProbeLine) -> list[Text]:
    last = line.last
    return [
        Text(line.health.health.value, style=STYLES[line.health.health]),
        Text(line.probe.name, style="bold"),
        Text(words.span(max(0.0, (clock.now() - line.health.at).total_seconds()))),
        Text(", ".join(f"{cell.region}: {cell.words}" for cell in line.cells)),
        Text(f"{last.outcome.value}, {words.seconds(last.duration)}" if last else "none yet"),
        Text(_why(line)),
    ]


def _why(line: ProbeLine) -> str:
    reason = [words.printable(line.health.reason, 200)] if line.health.health is not Health.UP else []
    return "; ".join([*(f"{mark(quiet)} until {words.instant(quiet.ends_at)}" for quiet in line.quiets), *reason])


def _as_json(line: ProbeLine) -> dict[str, object]:
    return {
        "probe": line.probe.name,
        "health": line.health.health.value,
        "since": line.health.at.isoformat(),
        "reason": line.health.reason,
        "regions": {cell.region: cell.phase.value for cell in line.cells},
        "incidents": [incident.id for incident in line.incidents],
        "quiet": [f"{quiet.kind} until {quiet.ends_at.isoformat()}" for quiet in line.quiets],
    }


@click.group(invoke_without_command=True, context_settings=SETTINGS)
@click.option("--all", "everything", is_flag=True, help="Those that are over too.")
@DATA
@CONFIG
@click.pass_context
def incidents(context: click.Context, everything: bool, data: Path | None, config: Path | None) -> None:
    """List incidents that are not over. `synthmon incidents ack ID` takes one on."""
    if context.invoked_subcommand is not None:
        context.obj = (data, config)
        return
    found = window_in_need(config, data).store.incidents(current=None if everything else True, limit=50)
    if not found:
        click.echo("No incident." if everything else "No open incident.")
    for incident in found:
        _print_incident(console(), incident)


def _print_incident(out: Console, incident: Incident) -> None:
    ended = f"resolved {words.instant(incident.resolved_at)}" if incident.resolved_at else incident.status.value
    by = words.printable(incident.acknowledged_by or "", 100)
    taken = f" by {by}" if by and not incident.resolved_at else ""
    name = incident.probe_title if incident.track in OWN_TRACKS else incident.probe
    hang(out, "", Text(f"{name} is {words.printable(incident.reason)}", style="bold"))
    put(out, Text(f"  {incident.id}", style="bright_black"))
    where = f" in {', '.join(incident.regions)}" if incident.regions else ""
    hang(out, "  ", f"{incident.severity.value}, {ended}{taken}; began {words.instant(incident.began_at)}{where}")
    if incident.held and incident.current:
        hang(out, "  ", f"held open: {incident.held}")


@incidents.command(short_help="Take an incident on.")
@click.argument("incident")
@click.option("--by", "actor", metavar="NAME", help="Who takes it on (default: the user's name).")
@DATA
@CONFIG
@click.pass_obj
def ack(
    obj: tuple[Path | None, Path | None], incident: str, actor: str | None, data: Path | None, config: Path | None
) -> None:
    """Take INCIDENT on: its id, or the name of a probe that has one open. The daemon must be running."""
    window = window_in_need(config or obj[1], data or obj[0])
    found = [one for one in window.store.incidents(current=True) if incident in (one.id, one.probe)]
    if not found:
        raise ConfigurationError(f"there is no open incident {incident!r}", hint="`synthmon incidents` lists them")
    sys.exit(max([_acknowledge(window, one, actor or user()) for one in found]))


def _acknowledge(window: Window, incident: Incident, actor: str) -> int:
    """The exit code: 1 where the daemon refuses."""
    if incident.acknowledged_by:
        click.echo(f"{incident.probe}: acknowledged already, by {words.printable(incident.acknowledged_by, 100)}")
        return 0
    path = f"/api/v1/incidents/{incident.id}/acknowledge"
    answer = ask_daemon(window.settings, "POST", path, actor=actor)
    if not answer.is_success:
        return complain(f"{incident.probe}: {answer.json().get('detail', 'the daemon refused')}", None, code=1)
    click.echo(f"{incident.probe}: acknowledged")
    return 0


@click.command(context_settings=SETTINGS)
@click.argument("probe")
@click.option(
    "--at",
    metavar="INSTANT",
    callback=lambda _context, _option, text: _instant(text),
    help="At an instant of the past: 2026-11-24T03:00, in UTC unless it says otherwise.",
)
@DATA
@CONFIG
def why(probe: str, at: datetime | None, data: Path | None, config: Path | None) -> None:
    """Say why somebody was, or was not, told about PROBE."""
    window = window_in_need(config, data)
    if at is not None:
        _tell_of_the_past(window, probe, at)
        return
    probes = _probes(window)
    lines = overview(window.store, probes, clock.now(), window.settings.windows)
    line = next((line for line in lines if line.probe.name == probe), None)
    if line is None:
        raise ConfigurationError(f"there is no probe {probe!r}", hint=_instead_of(window, probe))
    _is_judged(window, probes)
    out = console()
    health = line.health
    since = words.instant(health.at)
    hang(
        out, "", Text(f"{probe} is {health.health.value} since {since}: {words.printable(health.reason)}", style="bold")
    )
    for cell in line.cells:
        told = doubts(window.store.run(cell.last_run_id) if cell.last_run_id is not None else None)
        hang(out, f"  {cell.region}: ", f"{cell.words}; last run {cell.last_outcome or 'none yet'}{told}")
    for text in _rules_text(window, line.probe):
        hang(out, "  ", text)
    for quiet in line.quiets:
        hang(out, "  ", f"{mark(quiet)} until {words.instant(quiet.ends_at)}, by {words.printable(quiet.author)}")
    incidents_ = [one for one in window.store.incidents(probe=probe, limit=20) if one.track not in NAMESAKES][:3]
    for incident in incidents_:
        _print_incident(out, incident)
        if incident.withheld and incident.current:
            hang(out, "    ", f"nobody is told for now: {words.printable(incident.withheld)}")
        _print_deliveries(out, window, incident)
    if not incidents_:
        hang(out, "  ", "no incident was ever opened, so nobody was told")


def doubts(run: RunResult | None) -> str:
    """What makes the figures of a run worth less than others."""
    if run is None:
        return ""
    late = f", {words.seconds(run.quality.late)} after its slot" if run.quality.late >= LATE else ""
    return late + (", its latencies suspect: this machine stalled" if run.quality.suspect else "")


def _instead_of(window: Window, probe: str) -> str | None:
    """What to type for one that is not declared: the time when it was, or the name that was probably meant."""
    if any(version.probe == probe for version in window.store.versions()):
        return f"it was removed; `synthmon why {probe} --at TIME` tells of the time before"
    close = did_you_mean(probe, _probes(window))
    return f"did you mean `{close}`?" if close else None


def _instant(text: str | None) -> datetime | None:
    try:
        return instant("instant", text) if text is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from error


def _tell_of_the_past(window: Window, probe: str, at: datetime) -> None:
    known = {version.probe for version in window.store.versions()} | set(_probes(window))
    if probe not in known:
        close = did_you_mean(probe, known)
        raise ConfigurationError(
            f"there was never a probe {probe!r}", hint=f"did you mean `{close}`?" if close else None
        )
    if at > clock.now():
        raise ConfigurationError(f"{words.instant(at)} has not come yet")
    for number, line in enumerate(tell(look_back(window.store, probe, _probes(window).get(probe), at))):
        hang(console(), "  " * bool(number), Text(line, style="" if number else "bold"))


def _rules_text(window: Window, probe: Probe) -> Iterator[str]:
    if not probe.alerts:
        yield "it has no alert rule, so nobody is ever told"
    yield from map(_rule_text, probe.alerts)
    yield from (words.printable(text, 300) for text in tell_usual(window.store, probe, clock.now()))


def _rule_text(rule: AlertRule) -> str:
    name = words.printable(rule.name, 200)
    return f"rule “{name}”: {rule.waits_for}, regions: {rule.regions}, severity {rule.severity.value}"


def _print_deliveries(out: Console, window: Window, incident: Incident) -> None:
    for delivery in window.store.deliveries(incident.id):
        told = delivery.notification
        state = {
            DeliveryStatus.SENT: f"accepted {words.instant(delivery.sent_at)}",
            DeliveryStatus.DEAD: f"given up: {words.printable(delivery.last_error or '')}",
            DeliveryStatus.PENDING: delivery.waits
            or f"owed since {words.instant(told.created_at)}, {delivery.attempts} attempts"
            + (f", last: {words.printable(delivery.last_error)}" if delivery.last_error else ""),
        }[delivery.status]
        hang(out, f"    {told.occasion.value} to {told.channel}: ", state)


@click.command(context_settings=SETTINGS)
@DATA
@CONFIG
def health(data: Path | None, config: Path | None) -> None:
    """Ask the running daemon whether every loop of it lives. Exits 0 when it is well, 1 when it is not."""
    try:
        answer = ask_daemon(settings_to_find(origin(config), data), "GET", "/healthz")
        body = answer.json()
    except ConfigurationError as error:
        sys.exit(complain(str(error), error.hint, code=1))
    except ValueError:  # something else listens there now
        sys.exit(complain(f"what answers at {answer.url} is no synthmon", "is the daemon still running?", code=1))
    besides = [f"{name}: {body[name]}" for name in ("region", "centre", "remarks") if name in body]  # of an agent
    lines = "".join(f"\n  {words.printable(line)}" for line in [*body["troubles"], *besides])
    click.echo(body["status"] + lines)
    sys.exit(0 if answer.is_success else 1)
