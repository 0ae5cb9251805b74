"""`synthmon silence`: keep messages back for a while, or declare maintenance, through the daemon that runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from synthmon import wire
from synthmon.app import clock
from synthmon.app.looking import ask_daemon, settings_of
from synthmon.cli.common import CONFIG, DATA, SETTINGS, console, origin, user
from synthmon.cli.guard import complain
from synthmon.cli.layout import hang, put
from synthmon.cli.window import window_in_need, window_of
from synthmon.errors import ConfigurationError
from synthmon.model import words
from synthmon.model.quiet import Quiet, QuietKind
from synthmon.web.calendar import calendar

_SHORTEST_ID = 4  # characters by which one may be named


@click.group(context_settings=SETTINGS)
def silence() -> None:
    """Keep messages back for a while. Whatever happens is judged, kept and shown as ever."""


@silence.command(short_help="Keep messages back, or declare maintenance.")
@click.option("--probe", metavar="NAME", help="Of this probe; may hold * and ?.")
@click.option("--tag", metavar="TAG", help="Of probes with this tag.")
@click.option("--owner", metavar="OWNER", help="Of probes of this owner.")
@click.option("--severity", type=click.Choice(["page", "ticket"]), help="Only messages of this severity.")
@click.option("--for", "length", metavar="TIME", help="How long: 30m, 2h, 3d; 30d at most.")
@click.option("--until", metavar="INSTANT", help="Until when: 2026-11-24T18:00, in UTC unless it says otherwise.")
@click.option("--from", "start", metavar="INSTANT", help="From when on (default: now).")
@click.option("--reason", metavar="TEXT", required=True, help="Why; everybody will read it.")
@click.option("--maintenance", is_flag=True, help="It is planned: its runs count in no availability.")
@click.option("--by", "author", metavar="NAME", help="Who asks (default: the user's name).")
@DATA
@CONFIG
def add(length: str | None, maintenance: bool, author: str | None, **said: str | Path | None) -> None:
    """Keep messages back: all that is named must fit. Those who were told of an incident still hear of its end."""
    settings = settings_of(origin(_path(said.pop("config"))), _path(said.pop("data")))
    kind = QuietKind.MAINTENANCE if maintenance else QuietKind.SILENCE
    asked = {name: str(value) for name, value in said.items() if value is not None}
    asked |= {"kind": kind.value, "author": author or user()} | ({"for": length} if length else {})
    answer = ask_daemon(settings, "POST", "/api/v1/silences", **asked)
    if not answer.is_success:
        sys.exit(complain(f"nothing is kept back: {answer.json().get('detail', 'the daemon refused')}", None))
    _print_added(console(), answer.json())


def _path(value: str | Path | None) -> Path | None:
    return Path(value) if value is not None else None


def _print_added(out: Console, answer: Mapping[str, Any]) -> None:
    quiet, probes = wire.quiet_from_json(answer["quiet"]), answer["probes"]
    _print_quiet(out, quiet)
    if not probes:
        meant = answer["did_you_mean"]
        hang(out, "  ", "no probe that is declared now is meant" + (f"; did you mean `{meant}`?" if meant else ""))
    else:
        hang(out, "  ", f"is about {', '.join(probes)}")
    for held in answer["keeps_back"]:
        told = f"{', '.join(held['told'])} had heard of it" if held["told"] else "nobody had heard of it"
        hang(out, "  keeps back ", f"{held['probe']} is {words.printable(held['reason'])} ({told})")


@silence.command("list", short_help="List silences and maintenance in force and coming.")
@click.option("--all", "everything", is_flag=True, help="Those of the last 30 days that are over, too.")
@DATA
@CONFIG
def list_(everything: bool, data: Path | None, config: Path | None) -> None:
    """List silences and maintenance, those that recur included. Reads the database, whether a daemon runs or not."""
    window = window_of(config, data)  # what recurs stands in the file
    known = calendar(window.store, window.settings.windows, clock.now())
    parts = {"in force": known.in_force, "coming": known.coming, "over": known.past if everything else ()}
    for heading, quiets in parts.items():
        for quiet in quiets:
            _print_quiet(console(), quiet, heading)
    if not any(parts.values()):
        click.echo("No silence and no maintenance." if everything else "Nothing is kept back, now or later.")


def _print_quiet(out: Console, quiet: Quiet, heading: str = "") -> None:
    state = f"{heading}: " if heading else ""
    hang(out, "", Text(f"{state}{quiet.kind} of {words.printable(str(quiet.covers), 400)}", style="bold"))
    put(out, Text(f"  {quiet.id}", style="bright_black"))
    hang(out, "  ", f"{words.instant(quiet.start)} to {words.instant(quiet.end)}, {_length(quiet.start, quiet.end)}")
    hang(out, "  ", f"{words.printable(quiet.author, 100)}: {words.printable(quiet.reason, 600)}")
    if quiet.lifted_at:
        hang(out, "  ", f"lifted {words.instant(quiet.lifted_at)} by {words.printable(quiet.lifted_by or '', 100)}")


def _length(start: datetime, end: datetime) -> str:
    return words.span((end - start).total_seconds())


@silence.command(short_help="End one before its time.")
@click.argument("silence")
@click.option("--by", "actor", metavar="NAME", help="Who ends it (default: the user's name).")
@DATA
@CONFIG
def lift(silence: str, actor: str | None, data: Path | None, config: Path | None) -> None:
    """End SILENCE, named by its id or the beginning of it, before its time; what still is wrong is told then."""
    window = window_in_need(config, data)
    known = calendar(window.store, (), clock.now())
    meant = [
        one for one in (*known.in_force, *known.coming) if len(silence) >= _SHORTEST_ID and one.id.startswith(silence)
    ]
    if len(meant) != 1:
        many = "is the beginning of several" if meant else "is none that is in force or coming"
        hint = "`synthmon silence list` lists them; what recurs is ended in synthmon.yaml"
        raise ConfigurationError(f"{silence!r} {many}", hint=hint)
    answer = ask_daemon(window.settings, "POST", f"/api/v1/silences/{meant[0].id}/lift", actor=actor or user())
    if not answer.is_success:
        sys.exit(complain(str(answer.json().get("detail", "the daemon refused")), None, code=1))
    click.echo(f"{meant[0].kind} of {words.printable(str(meant[0].covers), 400)}: lifted")
