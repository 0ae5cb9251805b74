"""`synthmon users`: who signs in with a password here, and in which role."""

from __future__ import annotations

import logging
import sys
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
from synthmon.errors import ConfigurationError
from synthmon.model import words

NAME = click.argument("name", metavar="NAME")
ROLES = ("viewer", "operator", "admin")
PASSWORD_FILE = click.option(
    "--password-file",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where the password is; - for standard input (default: it is asked for).",
)
_LARGEST = 4096  # bytes


@click.group(context_settings=SETTINGS)
def users() -> None:
    """Make, change and disable the users who sign in with a password.

    A password is never an argument: it is asked for, or read from a file or from standard input.
    """
    logs.set_up(level=logging.WARNING)


@users.command(short_help="Make a user.")
@NAME
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True, help="What the user may do.")
@PASSWORD_FILE
@DATA
@CONFIG
def add(name: str, role: str, file: Path | None, data: Path | None, config: Path | None) -> None:
    """Make a user. From the first one on everybody has to sign in, on this machine as well."""
    made = _accounts(data, config).add_user(name, role, _password(file))
    click.echo(f"{made['name']}: added, as {made['role']}")


@users.command(short_help="Give a user a new password.")
@NAME
@PASSWORD_FILE
@DATA
@CONFIG
def passwd(name: str, file: Path | None, data: Path | None, config: Path | None) -> None:
    """Give a user a new password; the user is signed out everywhere."""
    _accounts(data, config).change_user(name, "password", _password(file))
    click.echo(f"{name}: the password is changed")


@users.command("role", short_help="Give a user another role.")
@NAME
@click.argument("role", type=click.Choice(ROLES))
@DATA
@CONFIG
def role_(name: str, role: str, data: Path | None, config: Path | None) -> None:
    """Give a user another role; it holds at once."""
    _accounts(data, config).change_user(name, "role", role)
    click.echo(f"{name}: {role} from now on")


@users.command(short_help="Let a user in no more.")
@NAME
@DATA
@CONFIG
def disable(name: str, data: Path | None, config: Path | None) -> None:
    """Let a user in no more, and sign the user out everywhere. What the user did keeps the name."""
    accounts = _accounts(data, config)
    disabled = accounts.change_user(name, "disable")
    click.echo(f"{name}: disabled")
    for token in accounts.tokens():  # they stand for programs, which somebody else may depend on: a person decides
        if token["created_by"] == disabled["name"] and token["state"] == "holds":
            end = f"`synthmon tokens revoke {token['id']}` ends it"
            click.echo(f"The token {token['name']} ({token['role']}), made by {name}, still holds; {end}.")


@users.command(short_help="Let a disabled user in again.")
@NAME
@DATA
@CONFIG
def enable(name: str, data: Path | None, config: Path | None) -> None:
    """Let a disabled user in again, with the password of before."""
    _accounts(data, config).change_user(name, "enable")
    click.echo(f"{name}: enabled")


@users.command("list", short_help="Show every user.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@DATA
@CONFIG
def list_(as_json: bool, data: Path | None, config: Path | None) -> None:
    """Show every user and their role; never anything of a password."""
    found = _accounts(data, config).users()
    if as_json:
        print_json({"users": found})
    elif found:
        table(console(), ("name", "role", "state", "since", "password of"), [_row(one) for one in found])
    else:
        click.echo("There is no user; `synthmon users add NAME --role admin` makes the first.")


def _accounts(data: Path | None, config: Path | None) -> Accounts:
    return Accounts(origin(config), data, user())


def _row(one: Mapping[str, Any]) -> list[Text]:
    return [
        Text(one["name"], style="bold"),
        Text(one["role"]),
        Text("disabled", style="red") if one["disabled_at"] else Text("active", style="green"),
        Text(words.instant(datetime.fromisoformat(one["created_at"]))),
        Text(words.instant(datetime.fromisoformat(one["changed_at"]))),
    ]


def _password(file: Path | None) -> str:
    """The first line of a file or of standard input; asked for twice where a person sits before a terminal."""
    if file is not None and str(file) != "-":
        with file.open("rb") as stream:
            return _line(stream.read(_LARGEST))
    if file is None and sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True))
    return _line(sys.stdin.buffer.read(_LARGEST))


def _line(content: bytes) -> str:
    try:
        password = content.decode().partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError as error:
        raise ConfigurationError("the password is no text in UTF-8") from error
    if not password:
        raise ConfigurationError("there is no password", hint="pipe it in, name a file, or sit before a terminal")
    return password
