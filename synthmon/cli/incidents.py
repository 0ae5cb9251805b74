"""`synthmon incidents note`, `cause` and `postmortem`: what people found, beside what was judged."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from synthmon.app.looking import Window, ask_daemon
from synthmon.cli.common import CONFIG, DATA, user
from synthmon.cli.guard import complain
from synthmon.cli.look import incidents
from synthmon.cli.window import window_in_need
from synthmon.errors import ConfigurationError
from synthmon.model import words
from synthmon.model.incident import Incident
from synthmon.reports.postmortem import markdown
from synthmon.settings import Settings
from synthmon.web.casefile import gather

__all__ = ["incidents"]

Paths = tuple[Path | None, Path | None]
_BY = click.option("--by", "actor", metavar="NAME", help="Who writes it (default: the user's name).")


@incidents.command(short_help="Add a note to an incident's timeline.")
@click.argument("incident")
@click.argument("text")
@_BY
@DATA
@CONFIG
@click.pass_obj
def note(obj: Paths, incident: str, text: str, actor: str | None, data: Path | None, config: Path | None) -> None:
    """Add TEXT to the timeline of INCIDENT: its id, or a probe, whose latest one is meant."""
    _annotate(_window(obj, data, config), incident, ("note", text), actor)


@incidents.command(short_help="Say what the cause of an incident was.")
@click.argument("incident")
@click.argument("text")
@_BY
@DATA
@CONFIG
@click.pass_obj
def cause(obj: Paths, incident: str, text: str, actor: str | None, data: Path | None, config: Path | None) -> None:
    """Say in TEXT what the cause of INCIDENT was; a later word takes its place, and the timeline keeps both."""
    _annotate(_window(obj, data, config), incident, ("cause", text), actor)


@incidents.command(short_help="Print an incident as Markdown to go on writing.")
@click.argument("incident")
@DATA
@CONFIG
@click.pass_obj
def postmortem(obj: Paths, incident: str, data: Path | None, config: Path | None) -> None:
    """Print INCIDENT as Markdown: what broke, when, who was told, what it cost, what people found."""
    window = _window(obj, data, config)
    found = _find(window, incident)
    probe = next((one for one in window.loaded.probes if one.name == found.probe), None)
    case = gather(window.store, found, probe, window.settings.windows, _link_base(window.settings))
    click.echo(markdown(case), nl=False)


def _window(obj: Paths, data: Path | None, config: Path | None) -> Window:
    return window_in_need(config or obj[1], data or obj[0])


def _find(window: Window, meant: str) -> Incident:
    """By id, or the latest of a probe."""
    found = window.store.incident(meant) or next(iter(window.store.incidents(probe=meant, limit=1)), None)
    if found is None:
        hint = "`synthmon incidents --all` lists them"
        raise ConfigurationError(f"there is no incident {meant!r}, and no probe of that name had one", hint=hint)
    return found


def _annotate(window: Window, meant: str, said: tuple[str, str], actor: str | None) -> None:
    found, (what, text) = _find(window, meant), said
    path = f"/api/v1/incidents/{found.id}/{what}"
    answer = ask_daemon(window.settings, "POST", path, text=text, actor=actor or user())
    if not answer.is_success:
        sys.exit(complain(f"{found.probe}: {answer.json().get('detail', 'the daemon refused')}", None))
    click.echo(f"{found.probe}: {what} kept with the incident that began {words.instant(found.began_at)}")


def _link_base(settings: Settings) -> str:
    """Where the pages are, as people reach them or as they are bound."""
    host = f"[{settings.web.host}]" if ":" in settings.web.host else settings.web.host
    return settings.web.url or f"http://{host}:{settings.web.port}"
