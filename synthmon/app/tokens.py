"""How the command line reaches what a centre knows of agents: through the daemon that runs here, else the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from synthmon.app.agents_desk import AgentsDesk
from synthmon.app.configuration import Declared, Origin
from synthmon.app.datadir import is_running
from synthmon.app.looking import ask_daemon, settings_of, settings_to_find
from synthmon.errors import ConfigurationError
from synthmon.probefile.builder import load_probes
from synthmon.settings import Settings
from synthmon.store.migrate import prepare
from synthmon.store.opening import open_store
from synthmon.web.api.agents import presence_to_json

AGENTS, TOKENS = "agents", "tokens"
_PATHS = {AGENTS: "/api/v1/agents", TOKENS: "/api/v1/agents/tokens"}


def change_tokens(origin: Origin, data: Path | None, **asked: str) -> Any:
    """Add, rotate or revoke; raises `SynthmonError` with what is wrong."""

    def here(desk: AgentsDesk) -> Any:
        if asked["do"] == "add":
            return desk.add_token(asked["region"])
        if asked["do"] == "rotate":
            return desk.rotate_token(asked["region"], float(asked["overlap"]))
        return {"revoked": desk.revoke_tokens(asked["region"], asked.get("id"))}

    settings = settings_to_find(origin, data)
    if is_running(settings.data_dir):
        said = {name: float(value) if name == "overlap" else value for name, value in asked.items()}
        return _answer(ask_daemon(settings, "POST", _PATHS[TOKENS], **said))
    return _with_desk(origin, data, here)


def ask_centre(origin: Origin, data: Path | None, what: str) -> Any:
    """A list of `AGENTS` or `TOKENS`."""
    settings = settings_to_find(origin, data)
    if is_running(settings.data_dir):
        return list(_every(settings, _PATHS[what]))
    return _with_desk(origin, data, _present if what == AGENTS else lambda desk: desk.tokens())


def _every(settings: Settings, path: str) -> Iterator[Any]:
    """All pieces of a list."""
    following: str | None = ""
    while following is not None:
        after = f"&after={following}" if following else ""
        piece = _answer(ask_daemon(settings, "GET", f"{path}?limit=500{after}"))
        yield from piece["items"]
        following = piece["next"]


def _present(desk: AgentsDesk) -> Any:
    return [presence_to_json(one) for one in desk.present()]


def _answer(answer: httpx.Response) -> Any:
    try:
        body = answer.json()
    except ValueError as error:
        raise ConfigurationError(f"what answers at {answer.url} is no synthmon of this version") from error
    if not answer.is_success:
        raise ConfigurationError(str(body.get("detail", answer.status_code)), hint=body.get("hint"))
    return body


def _with_desk(origin: Origin, data: Path | None, act: Callable[[AgentsDesk], Any]) -> Any:
    """No daemon runs here: the database is this command's for a moment."""
    with _desk(origin, data) as desk:
        return act(desk)


@contextmanager
def _desk(origin: Origin, data: Path | None) -> Iterator[AgentsDesk]:
    settings = settings_of(origin, data)
    prepare(settings.database_url, asked=settings.upgrade_database)
    store = open_store(settings.database_url)
    loaded = load_probes(settings.probes, settings.installation)
    declared = Declared(settings, {probe.name: probe for probe in loaded.probes})
    try:
        yield AgentsDesk(store, settings.environment, lambda: declared, lambda _results: None)
    finally:
        store.close()
