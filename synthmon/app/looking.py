"""The store and the daemon as a command line beside them sees them: read-only, and through the loopback API.

A broken file stops no daemon, so it keeps nobody from looking at what the daemon finds: then what was last taken over
stands in for it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx

from synthmon import loopback
from synthmon.app import clock
from synthmon.app.beside import Surroundings
from synthmon.app.configuration import Origin
from synthmon.app.datadir import running_daemon
from synthmon.app.policy import policy_of
from synthmon.app.reporting import ReportDesk
from synthmon.errors import ConfigurationError, StoreError
from synthmon.model.history import ProbeVersion
from synthmon.model.probe import Probe
from synthmon.nouns import dataclass
from synthmon.probefile.assembly.schemas import SchemaShelf
from synthmon.probefile.builder import Loaded, load_probes, parse_probe
from synthmon.probefile.problem import Problem, render
from synthmon.settings import Settings, load_settings
from synthmon.settings.environment import PLACE
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore

PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Window:
    """Settings, and the store opened for reading only. Close it after use.

    `broken`: the errors of files for which what was taken over last stands in.
    """

    settings: Settings
    store: SqlStore
    loaded: Loaded
    broken: tuple[Problem, ...] = ()

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
            Surroundings(lambda: policy_of(settings, ""), lambda: settings.web.url, settings.web.trace_url),
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
    """Open what a daemon keeps, whether it runs or not, by files that are right: for what rests on what they say.

    Probe files with errors are left out, `synthmon.yaml` with errors is refused.
    """
    settings = settings_of(origin, data)
    loaded = load_probes(settings.probes, settings.installation)
    return Window(settings, open_store(settings.database_url, read_only=True), loaded)


def glance(origin: Origin, data: Path | None = None) -> Window:
    """The same whatever is wrong with the files: then every probe is as it was taken over last.

    What says where the database is has to be right: raises `ConfigurationError` for trouble in the environment; and
    for trouble in a file where there is nothing to look at, as that is then what to mend first.
    """
    settings, problems = _load(origin, data)
    errors = tuple(problem for problem in problems if problem.is_error)
    if astray := [problem for problem in errors if problem.source.path == PLACE]:
        raise ConfigurationError(render(astray))
    loaded = load_probes(settings.probes, settings.installation)
    try:
        store = open_store(settings.database_url, read_only=True)
    except StoreError as error:
        if errors:
            raise ConfigurationError(render(errors)) from error
        raise
    errors += tuple(problem for problem in loaded.problems if problem.is_error)
    if not errors:
        return Window(settings, store, loaded)
    kept = [version for version in store.versions(start=clock.now()) if version.until is None]
    in_force = [probe for version in kept if (probe := _as_kept(version, settings)) is not None]
    probes = {probe.name: probe for probe in (*loaded.probes, *in_force)}
    return Window(settings, store, replace(loaded, probes=tuple(probes.values())), errors)


def _as_kept(version: ProbeVersion, settings: Settings) -> Probe | None:
    """A probe as it was taken over last; None where it needs a file beside it that is not as it was."""
    regions = {name: settings.installation.region(name) for name in version.regions}
    installation = replace(settings.installation, regions=regions, known=False)
    content = version.yaml.encode("utf-8", "surrogatepass")
    return parse_probe(content, f"{version.probe}.yaml", installation, SchemaShelf(settings.probes))[0]


def ask_daemon(settings: Settings, method: str, path: str, **body: str | float) -> httpx.Response:
    """Have the running daemon do something; raises `ConfigurationError` when none runs or it refuses to answer."""
    url, token = running_daemon(settings.data_dir)
    headers = {"authorization": f"Bearer {token.reveal()}"}
    said = {name: readable(value) if isinstance(value, str) else value for name, value in body.items()}
    try:
        with loopback.client(url, PATIENCE) as client:
            return client.request(method, url + path, json=said if method == "POST" else None, headers=headers)
    except httpx.TransportError as error:
        raise ConfigurationError(f"the daemon at {url} does not answer", hint="is it still running?") from error


def readable(typed: str) -> str:
    """What was typed, without bytes that are no UTF-8: an argument may hold any, and a document none."""
    return typed.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
