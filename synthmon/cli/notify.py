"""`synthmon notify`: the channels, and whether one of them works."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

import click
from rich.text import Text

from synthmon.alerting.channel import Channel
from synthmon.alerting.traits import is_keyed, readable
from synthmon.alerting.trial import DAILY, end_of, trial
from synthmon.app import clock
from synthmon.app.looking import settings_of
from synthmon.app.policy import CONSOLE, backups_of, channel_of, names_of
from synthmon.app.secretsources import InstalledSecrets
from synthmon.cli.common import CONFIG, SETTINGS, console, origin, print_json
from synthmon.cli.layout import table
from synthmon.errors import ConfigurationError, DeliveryError
from synthmon.language.duration import format_duration
from synthmon.language.suggest import did_you_mean
from synthmon.model import words
from synthmon.model.incident import Notification
from synthmon.model.probe import Severity
from synthmon.settings import Settings

TITLES = ("channel", "kind", "backup", "canary")
PATIENCE, LOOK_EVERY = 60.0, 2.0  # seconds


@click.group(context_settings=SETTINGS)
def notify() -> None:
    """List channels, or send a test message through one."""


@notify.command(short_help="Send a test message through a channel, now.")
@click.argument("channel")
@click.option("--page", is_flag=True, help="As urgent as a page; otherwise as a ticket.")
@click.option("--keep-open", is_flag=True, help="Leave open at a pager or ticket system what the test opened there.")
@CONFIG
def test(channel: str, page: bool, keep_open: bool, config: Path | None) -> None:
    """Send a test message through CHANNEL, now, and print what the receiver answered.

    No daemon has to run. A receiver that can be asked is asked as well whether it arrived there. Exits 0 when the
    receiver took it (and has it), 1 when it did not, 2 when the channel is not declared or one of its secrets cannot
    be had.
    """
    here = origin(config)
    settings = settings_of(here)
    if channel not in names_of(settings):
        better = did_you_mean(channel, names_of(settings))
        help_ = f"did you mean `{better}`?" if better else "`synthmon notify list` lists them"
        raise ConfigurationError(f"there is no channel {channel!r}", hint=help_)
    secrets = InstalledSecrets(here.environ, settings)
    made = channel_of(settings, channel, secrets.lookup)
    told = trial(channel, settings.environment, clock.now(), Severity.PAGE if page else Severity.TICKET)
    try:
        click.echo(f"{channel}: {words.printable(made.send(told))}")
        there = _looked_for(made, told)
        if is_keyed(made) and not keep_open:
            click.echo(f"{channel}: {words.printable(made.send(end_of(told)))} (what the test opened is closed)")
    except DeliveryError as error:
        click.echo(f"{channel}: {words.printable(str(error))}", err=True)
        click.echo("  " + ("it would not be tried again" if error.permanent else "it would be tried again"), err=True)
        sys.exit(1)
    if not there:
        sys.exit(1)


def _looked_for(made: Channel, told: Notification) -> bool:
    """Whether it arrived, where the receiver can be asked; said as well."""
    asked = readable(made)
    if asked is None:
        return True
    for tries in range(int(PATIENCE / LOOK_EVERY) + 1):
        if tries:
            time.sleep(LOOK_EVERY)
        try:
            if asked.arrived(told):
                click.echo(f"{made.name}: it arrived")
                return True
            why = f"accepted, and not there after {words.span(PATIENCE)}"
        except DeliveryError as error:
            why = f"looking for it failed: {words.printable(str(error))}"
            if error.permanent:
                break
    click.echo(f"{made.name}: {why}", err=True)
    return False


@notify.command("list", short_help="List the channels.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@CONFIG
def list_(as_json: bool, config: Path | None) -> None:
    """List the channels: what kind each is, who takes over, and how often it is tried."""
    settings = settings_of(origin(config))
    lines = [_line(settings, name) for name in names_of(settings)]
    if as_json:
        print_json(lines)
        return
    rows = [[Text(line[title] or "none") for title in TITLES] for line in lines]
    table(console(), TITLES, rows)


def _line(settings: Settings, name: str) -> dict[str, str | None]:
    declared = settings.channels.get(name)
    return {
        "channel": name,
        "kind": declared.kind if declared else CONSOLE,
        "backup": backups_of(settings).get(name),
        "canary": _how_often(declared.canary) if declared and declared.canary else None,
    }


def _how_often(every: timedelta) -> str:
    return "daily" if every == DAILY else format_duration(every.total_seconds())
