"""One run of one probe, now, by somebody who waits for it: nothing is stored, nobody is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

from synthmon.app import clock
from synthmon.app.configuration import Origin
from synthmon.app.surroundings import Walks
from synthmon.errors import ConfigurationError
from synthmon.language.suggest import did_you_mean
from synthmon.model.journey import Tree
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import RunKey, RunKind, RunResult
from synthmon.probefile.builder import load_file, load_probes, shown
from synthmon.probefile.problem import Problem, render
from synthmon.secrets import Secrets
from synthmon.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """`what` is a file or a probe's name; `variables` win over those of the probe and of the region."""

    what: str
    region: str | None = None
    variables: Mapping[str, str] | None = None


class OneShot:
    """Reads what is wanted when it is made (raising `ConfigurationError` with every problem), and runs it once."""

    def __init__(self, origin: Origin, wanted: Wanted) -> None:
        self._settings, problems = load_settings(origin.environ, origin.config_path, origin.cwd)
        _refuse(problems)
        self.probe, self.warnings = _find(self._settings, origin, wanted.what)
        self._region = _with_variables(_choose_region(self.probe, wanted.region), self.probe, wanted.variables or {})
        self._secrets = Secrets(origin.environ, self._settings.secrets_folder, self._settings.region_secrets)

    def run(self, waiting: Callable[[float], None] | None = None) -> RunResult:
        """The result; `waiting` is told the seconds that have passed. Ctrl-C ends the steps, cleanup still runs."""
        walks = Walks(self._secrets)
        walks.start()
        key = RunKey(self._settings.environment, self.probe.name, self._region.name, clock.now(), RunKind.MANUAL)
        result: Future[RunResult] = Future()
        # A daemon thread: a second Ctrl-C, in the middle of the cleanup, ends the process at once. It is not joined:
        # up to Python 3.12 an interrupted join() takes the thread for ended.
        threading.Thread(target=_fulfil, args=(result, walks, self.probe, key, self._region), daemon=True).start()
        try:
            passed = 0.0
            while not wait((result,), timeout=0.1).done:
                passed += 0.1
                if waiting is not None:
                    waiting(passed)
        except KeyboardInterrupt:
            walks.hurry.set()
            wait((result,))
        finally:
            walks.stop()
        return result.result()


def _fulfil(result: Future[RunResult], walks: Walks, probe: Probe, key: RunKey, region: ProbeRegion) -> None:
    try:
        result.set_result(walks(probe, key, region))
    except BaseException as error:  # noqa: BLE001 - whoever waits for the result raises it
        result.set_exception(error)


def _find(settings: Settings, origin: Origin, what: str) -> tuple[Probe, tuple[Problem, ...]]:
    path = origin.cwd / what
    if _is_file(path, what):
        loaded = load_file(path, settings.installation)
        _refuse(loaded.problems)
        return loaded.probes[0], loaded.problems
    if what.endswith((".yaml", ".yml")) or "/" in what or what in {".", ".."}:
        why = "is a folder" if path.is_dir() else "there is no such file"
        raise ConfigurationError(f"{what}: {why}", hint="name a probe file, or a probe by its name")
    loaded = load_probes(settings.probes, settings.installation)
    named = {probe.name: probe for probe in loaded.probes}
    if what not in named:
        _refuse(loaded.problems)
        message = f"there is no probe named {what!r} in {shown(settings.probes)}"
        raise ConfigurationError(message, hint=_one_of(what, named))
    return named[what], ()


def _is_file(path: Path, what: str) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        message = f"{what}: it cannot be read: {(error.strerror or str(error)).lower()}"
        raise ConfigurationError(message, hint="check that this user may read the folder and the file") from error


def _one_of(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = did_you_mean(word, names)
    return f"did you mean `{close}`?" if close else f"there is {', '.join(names) or 'none'}"


def _choose_region(probe: Probe, name: str | None) -> ProbeRegion:
    if name is None:
        return probe.regions[0]
    region = probe.region(name)
    if region is None:
        hint = _one_of(name, [region.name for region in probe.regions])
        raise ConfigurationError(f"{probe.name} does not run in a region {name!r}", hint=hint)
    return region


def _with_variables(region: ProbeRegion, probe: Probe, given: Mapping[str, str]) -> ProbeRegion:
    known = {*probe.journey.variables, *region.variables}
    for name in given:
        if name not in known:
            raise ConfigurationError(f"{probe.name} has no variable {name!r}", hint=_one_of(name, known))
    variables: dict[str, Tree] = {**region.variables, **given}
    return replace(region, variables=variables)


def _refuse(problems: tuple[Problem, ...]) -> None:
    errors = [problem for problem in problems if problem.is_error]
    if errors:
        raise ConfigurationError(render(errors))
