"""The store and the daemon as a command line beside them sees them: read-only, and through the loopback API."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import httpx

from synthmon.app.configuration import Origin
from synthmon.app.datadir import running_daemon
from synthmon.app.reporting import ReportDesk
from synthmon.errors import ConfigurationError
from synthmon.probefile.builder import Loaded, load_probes
from synthmon.probefile.problem import Problem, render
from synthmon.settings import Settings, load_settings
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore

PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Window:
    """Settings, and the store opened for reading only. Close it after use."""

    settings: Settings
    store: SqlStore
    loaded: Loaded

    def desk(self, folder: Path | None = None) -> ReportDesk:
        settings = self.settings
        place = folder or settings.reports_folder
        return ReportDesk(
            self.store,
            settings.environment,
            settings.reports.zone,
            place,
            lambda: settings.windows,
            lambda: settings.retention.runs,
        )


def settings_of(origin: Origin, data: Path | None = None) -> Settings:
    """The settings, with another data directory if one is named; raises `ConfigurationError` with every problem."""
    settings, problems = _load(origin, data)
    errors = [problem for problem in problems if problem.is_error]
    if errors:
        raise ConfigurationError(render(errors))
    return settings


def settings_to_find(origin: Origin, data: Path | None = None) -> Settings:
    """The settings whatever is wrong with the file: enough to find a daemon, which goes on with what was in force."""
    return _load(origin, data)[0]


def _load(origin: Origin, data: Path | None) -> tuple[Settings, tuple[Problem, ...]]:
    environ = dict(origin.environ)
    if data is not None:
        environ["SYNTHMON_DATA_DIR"] = str(data.absolute())
        beside = data.absolute().parent / "synthmon.yaml"
        if origin.config_path is None and not (origin.cwd / "synthmon.yaml").exists() and beside.exists():
            environ["SYNTHMON_CONFIG"] = str(beside)
    return load_settings(environ, origin.config_path, origin.cwd)


def look(origin: Origin, data: Path | None = None) -> Window:
    """Open what a daemon keeps, whether it runs or not. Probe files with errors do not matter for looking."""
    settings = settings_of(origin, data)
    loaded = load_probes(settings.probes, settings.installation)
    return Window(settings, open_store(settings.database_url, read_only=True), loaded)


def ask_daemon(settings: Settings, method: str, path: str, **parameters: str) -> httpx.Response:
    """Have the running daemon do something; raises `ConfigurationError` when none runs or it refuses to answer."""
    url, token = running_daemon(settings.data_dir)
    headers = {"authorization": f"Bearer {token.reveal()}"}
    try:
        with httpx.Client(trust_env=False, timeout=PATIENCE) as client:
            return client.request(method, url + path, params=parameters, headers=headers)
    except httpx.TransportError as error:
        raise ConfigurationError(f"the daemon at {url} does not answer", hint="is it still running?") from error
