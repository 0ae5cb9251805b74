"""`synthmon tokens`: what programs show to the API."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from synthmon.app import logs
from synthmon.app.accounts import Accounts
from synthmon.cli.common import CONFIG, DATA, SETTINGS, console, origin, print_json, user
from synthmon.cli.layout import table
from synthmon.cli.users import ROLES
from synthmon.model import words


@click.group(context_settings=SETTINGS)
def tokens() -> None:
    """Make and end the tokens that programs show to the API; only their hashes are kept.

    Agents have tokens of their own: `synthmon agents`.
    """
    logs.set_up(level=logging.WARNING)


@tokens.command(short_help="Make a token.")
@click.argument("name", metavar="NAME")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True, help="What it opens.")
@click.option("--for", "life", metavar="TIME", default="never", help="How long it holds: 90d (default: without end).")
@DATA
@CONFIG
def add(name: str, role: str, life: str, data: Path | None, config: Path | None) -> None:
    """Make a token for a program. The token alone goes to standard output, what it is to standard error."""
    made, text = _accounts(data, config).add_token(name, role, life)
    click.echo(f"Token {made['id']} for {made['name']}, {made['role']}; it is shown this once:", err=True)
    click.echo(text)


@tokens.command(short_help="End a token now.")
@click.argument("token", metavar="ID")
@DATA
@CONFIG
def revoke(token: str, data: Path | None, config: Path | None) -> None:
    """End a token now."""
    click.echo(f"Revoked: {token} ({_accounts(data, config).revoke_token(token)})")


@tokens.command("list", short_help="Show every token.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@DATA
@CONFIG
def list_(as_json: bool, data: Path | None, config: Path | None) -> None:
    """Show every token, what it opens and when it was used; never the token itself."""
    found = _accounts(data, config).tokens()
    if as_json:
        print_json({"tokens": found})
    elif found:
        headings = ("token", "name", "role", "state", "made", "by", "used", "ends")
        table(console(), headings, [_row(one) for one in found])
    else:
        click.echo("There is no token; `synthmon tokens add NAME` makes one.")


def _accounts(data: Path | None, config: Path | None) -> Accounts:
    return Accounts(origin(config), data, user())


def _row(one: Mapping[str, Any]) -> list[Text]:
    return [
        Text(one["id"]),
        Text(one["name"], style="bold"),
        Text(one["role"]),
        Text(one["state"], style="green" if one["state"] == "holds" else "bright_black"),
        Text(_when(one["created_at"], "")),
        Text(words.printable(one["created_by"], 80)),
        Text(_when(one["used_at"], "never")),
        Text(_when(one["revoked_at"] or one["expires_at"], "never")),
    ]


def _when(written: str | None, otherwise: str) -> str:
    return words.instant(datetime.fromisoformat(written)) if written else otherwise
