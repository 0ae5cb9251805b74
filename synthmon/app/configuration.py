"""What is declared now: settings and probes read together, and read again when a file changes.

A reload takes over everything or nothing: while any file has an error, or a secret of a channel cannot be had, what was
in force stays in force, and the problems are kept for the pages, the metrics and the log.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from stat import S_ISDIR

from synthmon.errors import ConfigurationError, SynthmonError
from synthmon.events import Events
from synthmon.heap.briefly import left_alone
from synthmon.model.probe import Probe
from synthmon.model.text import Source
from synthmon.nouns import dataclass
from synthmon.probefile.builder import load_probes
from synthmon.probefile.problem import Problem, render
from synthmon.settings import Settings, load_settings
from synthmon.settings.load import FILE_NAME
from synthmon.settings.public import unknown_probes

_log = Events()

LONG, REST = 0.01, 100  # seconds of work that a look at the files takes, and how many times as long nobody looks again

Fingerprint = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """Settings, the probes by name, what was worth a warning, and the files that probes share, by path below theirs."""

    settings: Settings
    probes: Mapping[str, Probe]
    warnings: tuple[Problem, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings come from: the environment, the file named on the command line, the folder stood in."""

    environ: Mapping[str, str]
    config_path: Path | None
    cwd: Path


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files say. With an error among the problems, `declared` must not be used."""

    declared: Declared
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.is_error)


def read(origin: Origin) -> Reading:
    """Everything declared, and every problem of every file at once."""
    settings, problems = load_settings(origin.environ, origin.config_path, origin.cwd)
    with left_alone():  # of a thousand files some millions of objects are made, and none is a cycle
        loaded = load_probes(settings.probes, settings.installation)
    problems += loaded.problems
    probes = {probe.name: probe for probe in loaded.probes}
    if not any(problem.is_error for problem in loaded.problems):  # else some are missing that are there
        problems += unknown_probes(settings.web.public, probes)
    return Reading(Declared(settings, probes, problems, loaded.shared), problems)


def read_or_refuse(origin: Origin, reader: Callable[[Origin], Reading] = read) -> Declared:
    """Everything declared; raises `ConfigurationError` with all problems in its text."""
    reading = reader(origin)
    if reading.errors:
        raise ConfigurationError(render(reading.problems))
    return reading.declared


class Configuration:
    """Holds what is in force and reads it again on demand, from any thread.

    `changed` takes over what was read; where it raises `SynthmonError`, nothing counts as taken over, and it is tried
    again at the next look: the files are right, and what was missing (a secret, room on the disk) may be there by then.
    """

    def __init__(
        self,
        origin: Origin,
        changed: Callable[[Declared], None],
        reader: Callable[[Origin], Reading] = read,
        now: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self._origin, self._changed, self._read = origin, changed, reader
        self._now, self._worked = now, worked
        self._lock = threading.Lock()
        self.declared = read_or_refuse(origin, reader)
        self.refused: tuple[Problem, ...] = ()
        self._folders = {self.declared.settings.probes}
        self._seen = self._fingerprint()
        self._wanting = False  # the files are right, but could not be taken over
        self._rest_until = now()

    def refresh_if_changed(self) -> None:
        """Look at the files, and read them again if one of them changed, came or went.

        Ten thousand are looked at in a twentieth of a second: less often, so that it takes a hundredth of a core.
        """
        if self._wanting or (self._now() >= self._rest_until and self._is_other()):
            self.refresh()

    def _is_other(self) -> bool:
        began = self._worked()
        found = self._fingerprint()
        if (took := self._worked() - began) > LONG:
            self._rest_until = self._now() + REST * took
        return found != self._seen

    def refresh(self) -> bool:
        """Read everything again; whether it was taken over."""
        with self._lock:
            self._seen = self._fingerprint()
            # A file that was there is missed: without it nobody would be told of anything any more.
            reading = self._read(replace(self._origin, config_path=self.declared.settings.config_path))
            declared = reading.declared
            if self._folders != (folders := {self.declared.settings.probes, declared.settings.probes}):
                self._folders = folders  # what is wrong may be in a folder that is named for the first time
                self._seen = self._fingerprint()
            self._wanting = False
            if reading.errors:
                self._refuse(reading.errors)
                return False
            try:
                self._changed(declared)
            except SynthmonError as error:  # such as a channel whose secret cannot be had
                self._wanting = True
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

    def _refuse(self, errors: tuple[Problem, ...]) -> None:
        if errors == self.refused:
            return  # said already
        self.refused = errors
        for problem in self.refused:
            _log.error("config.refused", at=str(problem.source), problem=problem.message, help=problem.help)
        why = "not everything could be taken over; what was in force stays in force"
        _log.error("config.kept", why=why, errors=len(self.refused))

    def _fingerprint(self) -> Fingerprint:
        files = [path for folder in self._folders for path in _below(folder)]
        files.append(str(self.declared.settings.config_path or self._origin.cwd / FILE_NAME))  # it may be written yet
        return tuple(sorted(_stamp(path) for path in files))


def _below(folder: Path) -> Iterator[str]:
    """The folder and every file in it but hidden ones, which are no probes and may change all the time.

    As texts: there may be ten thousand of them to look at each second, and a `Path` costs more than the look.
    """
    yield str(folder)
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(here, name) for name in names if not name.startswith("."))  # noqa: PTH118


def _stamp(path: str) -> tuple[str, int, int, int]:
    """Zeros for what is not there, or vanished since it was listed; of a folder only whether it is there."""
    try:
        stat = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return (path, 0, 0, 0)
    if S_ISDIR(stat.st_mode):
        return (path, 0, 0, 1)
    return (path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
