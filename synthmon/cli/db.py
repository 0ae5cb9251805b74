"""`synthmon db`: the database's schema, its move to another, and what is counted in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from synthmon.app import clock
from synthmon.app.datadir import LOCK_FILE, DataDirectory
from synthmon.app.looking import settings_of
from synthmon.app.rolling import Rolling, Sources
from synthmon.cli.common import CONFIG, DATA, SETTINGS, origin
from synthmon.model.words import instant, span
from synthmon.probefile.builder import load_probes
from synthmon.store import migrate
from synthmon.store.copying import copy as copy_all
from synthmon.store.database import Database
from synthmon.store.grounds import database_at
from synthmon.store.opening import open_store
from synthmon.store.postgres import roles as of_postgres
from synthmon.store.sqlite.database import Sqlite


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


@db.command(short_help="Move an installation from its SQLite file to PostgreSQL.")
@click.option("--from", "source", metavar="ADDRESS", help="The SQLite file (default: that of the data directory).")
@click.option("--to", "target", metavar="ADDRESS", help="The PostgreSQL database (default: SYNTHMON_DATABASE_URL).")
@DATA
@CONFIG
def copy(source: str | None, target: str | None, data: Path | None, config: Path | None) -> None:
    """Copy everything that is kept from a SQLite file to an empty PostgreSQL database, and count it there.

    All of it goes over, or nothing. The file is only read; stop the daemon that writes to it first.
    """
    settings = settings_of(origin(config), data)
    source = source or f"sqlite:///{settings.data_dir / 'synthmon.db'}"
    with _no_daemon_beside(database_at(source)):
        target = target or settings.database_url
        total = copy_all(source, target, lambda table, rows: click.echo(f"{table}: {rows}", err=True))
    click.echo(f"{total} rows copied and counted; start with SYNTHMON_DATABASE_URL set to where they are now")


@db.command(short_help="Count again what is kept of runs when they are gone.")
@DATA
@CONFIG
def rollup(data: Path | None, config: Path | None) -> None:
    """Count the rollups again from the runs that are there. Those of runs that are gone stay as they are.

    Needed where a changed `within` of an objective shall hold for the past. On SQLite stop the daemon first.
    """
    settings = settings_of(origin(config), data)
    probes = {probe.name: probe for probe in load_probes(settings.probes, settings.installation).probes}
    with _no_daemon_beside(database_at(settings.database_url)), closing(open_store(settings.database_url)) as store:
        kept_for, zone = settings.retention.runs, settings.reports.zone
        sources = Sources(store, lambda: probes, lambda: settings.windows, lambda: kept_for, zone)
        rolling = Rolling(sources, clock.now)
        quarters = sum(number for _, number in rolling.rebuild())
        ended = rolling.runs_end_before()
    if ended is not None:
        click.echo(
            f"nothing to count again: rollups reach to {instant(ended)}, and runs are kept for "
            f"{span(kept_for.total_seconds())} only; what is older stays as it was counted"
        )
        return
    if not quarters:
        click.echo("nothing to count again: no quarter of an hour is over of which runs are kept")
        return
    click.echo(f"{quarters} rollups of a quarter of an hour counted again, and the hours and days made of them")


@contextmanager
def _no_daemon_beside(database: Database) -> Iterator[None]:
    """Keep a daemon from running in the folder of a file meanwhile: what it kept there would not go over."""
    if not isinstance(database, Sqlite) or not (database.path.parent / LOCK_FILE).exists():
        yield
        return
    folder = DataDirectory(database.path.parent)
    try:
        yield
    finally:
        folder.close()


@db.command(short_help="Print the SQL that makes roles on PostgreSQL.")
@click.option("--prefix", default="synthmon", show_default=True, help="What the names of the roles begin with.")
def roles(prefix: str) -> None:
    """Print the SQL that makes three roles on PostgreSQL: one that upgrades, one that writes, one that reads.

    A superuser runs it in synthmon's database, as often as needed.
    """
    click.echo(of_postgres.sql(prefix), nl=False)
