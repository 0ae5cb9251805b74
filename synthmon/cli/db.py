"""`synthmon db`: the database's schema."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from synthmon.app.looking import settings_of
from synthmon.cli.common import CONFIG, DATA, SETTINGS, origin
from synthmon.store import migrate


@click.group(context_settings=SETTINGS)
def db() -> None:
    """Look after the database."""


@db.command(short_help="Bring the schema up to what this version needs.")
@DATA
@CONFIG
def upgrade(data: Path | None, config: Path | None) -> None:
    """Bring the schema up to what this version needs; makes the database where there is none."""
    url = settings_of(origin(config), data).database_url
    before = migrate.current(url)
    migrate.upgrade(url)
    after = migrate.current(url)
    click.echo(f"{after}: nothing to do" if before == after else f"{before or 'empty'} → {after}")


@db.command(short_help="Print the schema's revision and the one needed.")
@DATA
@CONFIG
def current(data: Path | None, config: Path | None) -> None:
    """Print the schema's revision, and the one that this version needs. Exits 1 when they differ."""
    found, head = migrate.current(settings_of(origin(config), data).database_url), migrate.head()
    click.echo(f"{found or 'empty'} (this version needs {head})")
    sys.exit(0 if found == head else 1)
