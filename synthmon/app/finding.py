"""The probe that somebody names on the command line: a file, or the name of one in the probes folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from synthmon.app.configuration import Origin
from synthmon.errors import ConfigurationError
from synthmon.language.suggest import did_you_mean
from synthmon.model.probe import Probe
from synthmon.probefile.builder import load_file, load_probes, shown
from synthmon.probefile.problem import Problem, render
from synthmon.settings import Settings

MOST_NAMED = 10


def find_probe(settings: Settings, origin: Origin, what: str) -> tuple[Probe, tuple[Problem, ...]]:
    """A file, or a probe's name; raises `ConfigurationError` with every problem. Warnings come along."""
    path = origin.cwd / what
    if _is_file(path, what):
        loaded = load_file(path, settings.installation)
        refuse(loaded.problems)
        return loaded.probes[0], loaded.problems
    if what.endswith((".yaml", ".yml")) or "/" in what or what in {".", ".."}:
        why = "is a folder" if path.is_dir() else "there is no such file"
        raise ConfigurationError(f"{what}: {why}", hint="name a probe file, or a probe by its name")
    loaded = load_probes(settings.probes, settings.installation)
    named = {probe.name: probe for probe in loaded.probes}
    if what not in named:
        refuse(loaded.problems)
        message = f"there is no probe named {what!r} in {shown(settings.probes)}"
        raise ConfigurationError(message, hint=one_of(what, named))
    return named[what], ()


def _is_file(path: Path, what: str) -> bool:
    try:
        return path.is_file()
    except OSError as error:
        message = f"{what}: it cannot be read: {(error.strerror or str(error)).lower()}"
        raise ConfigurationError(message, hint="check that this user may read the folder and the file") from error


def one_of(word: str, known: Iterable[str]) -> str:
    """Help for a word that is none of those that are known."""
    names = sorted(known)
    if close := did_you_mean(word, names):
        return f"did you mean `{close}`?"
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return f"there is {', '.join(names[:MOST_NAMED]) or 'none'}{more}"


def refuse(problems: tuple[Problem, ...]) -> None:
    """Raise `ConfigurationError` with every error, if there is one."""
    errors = [problem for problem in problems if problem.is_error]
    if errors:
        raise ConfigurationError(render(errors))
