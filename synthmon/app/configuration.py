"""What is declared now: settings and probes read together, and read again when a file changes.

A reload takes over everything or nothing: while any file has an error, or a secret of a channel cannot be had, what was
in force stays in force, and the problems are kept for the pages, the metrics and the log.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from synthmon.errors import ConfigurationError, SynthmonError
from synthmon.model.journey import Source
from synthmon.model.probe import Probe
from synthmon.probefile.builder import load_probes
from synthmon.probefile.problem import Problem, render
from synthmon.settings import Settings, load_settings

_log = structlog.get_logger()

Fingerprint = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """Settings, the probes by name, and what was worth a warning."""

    settings: Settings
    probes: Mapping[str, Probe]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings come from: the environment, the file named on the command line, the folder stood in."""

    environ: Mapping[str, str]
    config_path: Path | None
    cwd: Path


def read(origin: Origin) -> tuple[Declared | None, tuple[Problem, ...]]:
    """Everything declared, or None and every problem of every file at once."""
    settings, problems = load_settings(origin.environ, origin.config_path, origin.cwd)
    loaded = load_probes(settings.probes, settings.installation)
    problems += loaded.problems
    if any(problem.is_error for problem in problems):
        return None, problems
    return Declared(settings, {probe.name: probe for probe in loaded.probes}, problems), problems


def read_or_refuse(origin: Origin) -> Declared:
    """Everything declared; raises `ConfigurationError` with all problems in its text."""
    declared, problems = read(origin)
    if declared is None:
        raise ConfigurationError(render(problems))
    return declared


class Configuration:
    """Holds what is in force and reads it again on demand. `refresh` is called from one thread; reading is free.

    `changed` takes over what was read; where it raises `SynthmonError`, nothing counts as taken over.
    """

    def __init__(self, origin: Origin, changed: Callable[[Declared], None]) -> None:
        self._origin, self._changed = origin, changed
        self._lock = threading.Lock()
        self.declared = read_or_refuse(origin)
        self.refused: tuple[Problem, ...] = ()
        self._seen = self._fingerprint()

    def refresh_if_changed(self) -> None:
        """Look at the files, and read them again if one of them changed, came or went."""
        if self._fingerprint() != self._seen:
            self.refresh()

    def refresh(self) -> bool:
        """Read everything again; whether it was taken over."""
        with self._lock:
            self._seen = self._fingerprint()
            declared, problems = read(self._origin)
            if declared is None:
                self._refuse(problems)
                return False
            try:
                self._changed(declared)
            except SynthmonError as error:  # such as a channel whose secret cannot be had
                self._refuse((Problem("not-taken-over", str(error), Source(self._file, 0, 0), help=error.hint),))
                return False
            self.refused = ()
            self.declared = declared
        _log.info("config.taken_over", probes=len(declared.probes), warnings=len(declared.warnings))
        return True

    @property
    def _file(self) -> str:
        path = self.declared.settings.config_path
        return path.name if path is not None else "synthmon.yaml"

    def _refuse(self, problems: tuple[Problem, ...]) -> None:
        self.refused = tuple(problem for problem in problems if problem.is_error)
        for problem in self.refused:
            _log.error("config.refused", at=str(problem.source), problem=problem.message, help=problem.help)
        why = "not everything could be taken over; what was in force stays in force"
        _log.error("config.kept", why=why, errors=len(self.refused))

    def _fingerprint(self) -> Fingerprint:
        settings = self.declared.settings
        files = [path for path in settings.probes.rglob("*") if path.is_file()] if settings.probes.is_dir() else []
        if settings.config_path is not None:
            files.append(settings.config_path)
        return tuple(sorted(_stamp(path) for path in files))


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        stat = path.stat()
    except OSError:  # it vanished between being listed and being looked at
        return (str(path), 0, 0)
    return (str(path), stat.st_mtime_ns, stat.st_size)
