"""`synthmon agents`: how the agents of regions are, and the tokens by which they are let in."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from synthmon.app import clock, logs
from synthmon.app.tokens import AGENTS, TOKENS, ask_centre, change_tokens
from synthmon.cli.common import CONFIG, DATA, SETTINGS, console, origin, print_json
from synthmon.cli.guard import complain
from synthmon.cli.layout import table
from synthmon.language.duration import parse_duration
from synthmon.model import words

REGION = click.argument("region", metavar="REGION")


@click.group(context_settings=SETTINGS)
def agents() -> None:
    """List the agents of regions; make and end their tokens.

    Each region has tokens of its own; only their hashes are kept. A token is printed once.
    """
    logs.set_up(level=logging.WARNING)


@agents.command(short_help="Make a token for a region's agents.")
@REGION
@DATA
@CONFIG
def add(region: str, data: Path | None, config: Path | None) -> None:
    """Make a token for a region's agents, beside those that it has.

    The token alone goes to standard output, what it is to standard error.
    """
    _print(change_tokens(origin(config), data, do="add", region=region))


@agents.command(short_help="Make a new token; the old ones end after an overlap.")
@REGION
@click.option("--overlap", default="24h", show_default=True, help="How long the old tokens still hold.")
@DATA
@CONFIG
def rotate(region: str, overlap: str, data: Path | None, config: Path | None) -> None:
    """Make a new token for a region; those that it has end after the overlap."""
    try:
        seconds = 0.0 if overlap in {"0", "0s"} else parse_duration(overlap)
    except ValueError as error:
        raise click.BadParameter(f"{overlap!r} is no duration such as 24h or 30m", param_hint="--overlap") from error
    _print(change_tokens(origin(config), data, do="rotate", region=region, overlap=str(seconds)))
    click.echo(f"The tokens before it end in {words.span(seconds)}.", err=True)


@agents.command(short_help="End the tokens of a region now.")
@REGION
@click.option("--id", "token_id", metavar="ID", help="Only this one of them.")
@DATA
@CONFIG
def revoke(region: str, token_id: str | None, data: Path | None, config: Path | None) -> None:
    """End the tokens of a region now. Its agents go on probing and keep results until they are let in again."""
    asked = {"do": "revoke", "region": region, **({"id": token_id} if token_id else {})}
    ended = change_tokens(origin(config), data, **asked)["revoked"]
    if not ended:
        hint = "`synthmon agents list` shows every region and token"
        sys.exit(complain("there is no such token that holds", hint, code=1))
    click.echo(f"Revoked: {', '.join(one['id'] for one in ended)}")


@agents.command("list", short_help="Show every agent and every token.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@DATA
@CONFIG
def list_(as_json: bool, data: Path | None, config: Path | None) -> None:
    """Show every agent as it last said it is, and every token."""
    here = origin(config)
    known: list[Any] = ask_centre(here, data, AGENTS)
    tokens: list[Any] = ask_centre(here, data, TOKENS)
    if as_json:
        print_json({"agents": known, "tokens": tokens})
        return
    if known:
        headings = ("region", "agent", "heard", "version", "shard", "spool", "remarks")
        table(console(), headings, [_agent(one) for one in known])
    else:
        click.echo("No agent was heard of.")
    if tokens:
        table(console(), ("region", "token", "state", "made", "ends"), [_token(one) for one in tokens])
    else:
        click.echo("There is no token; `synthmon agents add REGION` makes one.")


def _agent(one: Mapping[str, Any]) -> list[Text]:
    heard = (clock.now() - datetime.fromisoformat(one["at"])).total_seconds()
    return [
        Text(one["region"], style="bold"),
        Text(one["instance"]),
        Text(f"{words.span(max(0.0, heard))} ago", style="red" if one["silent"] else ""),
        Text(one["version"]),
        Text("worker" if one["worker"] else one["shard"]),
        Text(str(one["spool_depth"])),
        Text(words.printable("; ".join(one["remarks"]), 300)),
    ]


def _token(one: Mapping[str, Any]) -> list[Text]:
    ends = one["revoked_at"] or one["expires_at"]
    return [
        Text(one["region"], style="bold"),
        Text(one["id"]),
        Text(one["state"], style="green" if one["state"] == "holds" else "bright_black"),
        Text(words.instant(datetime.fromisoformat(one["created_at"]))),
        Text(words.instant(datetime.fromisoformat(ends)) if ends else "never"),
    ]


def _print(made: Mapping[str, Any]) -> None:
    click.echo(f"Token {made['id']} of region {made['region']}; it is shown this once:", err=True)
    click.echo(made["token"])
