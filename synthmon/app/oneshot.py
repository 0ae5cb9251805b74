"""One run of one probe, now, by somebody who waits for it: nothing is stored, nobody is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from synthmon.app import clock
from synthmon.app.configuration import Origin
from synthmon.app.finding import find_probe, one_of, refuse
from synthmon.app.secretsources import InstalledSecrets
from synthmon.app.surroundings import Walks
from synthmon.errors import ConfigurationError
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import RunKey, RunKind, RunResult
from synthmon.model.text import Tree
from synthmon.nouns import dataclass
from synthmon.settings import load_settings

if TYPE_CHECKING:
    from synthmon.engine.command import Command


@dataclass(frozen=True, slots=True)
class Wanted:
    """`what` is a file or a probe's name; `variables` win over those of the probe and of the region.

    `step` is the last step to be taken; the cleanup runs all the same.
    """

    what: str
    region: str | None = None
    variables: Mapping[str, str] | None = None
    step: str | None = None


class OneShot:
    """Reads what is wanted when it is made (raising `ConfigurationError` with every problem), and runs it.

    `commands` are those of the newest run, where they were asked for.
    """

    def __init__(self, origin: Origin, wanted: Wanted) -> None:
        self._settings, problems = load_settings(origin.environ, origin.config_path, origin.cwd)
        refuse(problems)
        probe, self.warnings = find_probe(self._settings, origin, wanted.what)
        self.probe = probe if wanted.step is None else _up_to(probe, wanted.step)
        self.region = _with_variables(_choose_region(self.probe, wanted.region), self.probe, wanted.variables or {})
        self.secrets = InstalledSecrets(origin.environ, self._settings)
        self.commands: tuple[Command, ...] = ()

    def run(self, waiting: Callable[[float], None] | None = None, walks: Walks | None = None) -> RunResult:
        """The result; `waiting` is told the seconds that have passed. Ctrl-C ends the steps, cleanup still runs."""
        walks = walks or Walks(self.secrets)
        walks.start()
        try:
            return self._results(walks, 1, None, waiting)[0]
        finally:
            walks.stop()

    def repeat(
        self,
        times: int,
        ended: Callable[[int, RunResult], None] | None = None,
        waiting: Callable[[float], None] | None = None,
        *,
        tell_commands: bool = False,
    ) -> list[RunResult]:
        """So many results, one run after the other; Ctrl-C makes the one that it ends the last.

        `ended` is told each of them, with its number, before the next one begins: what it does disturbs no run.
        """
        walks = Walks(self.secrets, self._keep_commands if tell_commands else None)
        walks.start()
        try:
            return self._results(walks, times, ended, waiting)
        finally:
            walks.stop()

    def _keep_commands(self, commands: tuple[Command, ...]) -> None:
        self.commands = commands

    def _results(
        self,
        walks: Walks,
        times: int,
        ended: Callable[[int, RunResult], None] | None,
        waiting: Callable[[float], None] | None,
    ) -> list[RunResult]:
        results: list[RunResult] = []

        def work() -> None:  # all runs in one thread: handing each to another one would cost an eighth of it
            for number in range(times):
                results.append(walks(self.probe, self._key(number), self.region))
                if ended is not None:
                    ended(number + 1, results[-1])
                if walks.hurry.is_set():
                    break

        _await(work, walks, waiting)
        return results

    def _key(self, number: int) -> RunKey:
        names = self._settings.environment, self.probe.name, self.region.name
        return RunKey(*names, clock.now(), RunKind.MANUAL, number)


def _up_to(probe: Probe, step: str) -> Probe:
    """The probe without the steps after that one; as a whole it has no latency then that its budget could be about."""
    journey = probe.journey
    ids = [one.id for one in journey.steps]
    if step not in ids:
        if any(one.id == step for one in journey.cleanup):
            raise ConfigurationError(
                f"`{step}` is a step of the cleanup", hint="the cleanup runs always; name one of `steps`"
            )
        raise ConfigurationError(f"{probe.name} has no step {step!r}", hint=one_of(step, ids))
    steps = journey.steps[: ids.index(step) + 1]
    return replace(probe, journey=replace(journey, steps=steps, latency_budget=None, hard_budget=None))


def _await(work: Callable[[], None], walks: Walks, waiting: Callable[[float], None] | None) -> None:
    """Have it done in another thread, and raise what that raised; Ctrl-C hastens what walks there."""
    doing = _Work(work)
    # A daemon thread: a second Ctrl-C, in the middle of the cleanup, ends the process at once. It is not joined:
    # up to Python 3.12 an interrupted join() takes the thread for ended.
    threading.Thread(target=doing, daemon=True).start()
    try:
        passed = 0.0
        while not doing.ended.wait(0.1):
            passed += 0.1
            if waiting is not None:
                waiting(passed)
    except KeyboardInterrupt:
        walks.hasten()
        doing.ended.wait()
    if doing.error is not None:
        raise doing.error


class _Work:
    """Something to be done in a thread of its own, and what went wrong there."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self.error: BaseException | None = None
        self.ended = threading.Event()

    def __call__(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            self.error = error
        self.ended.set()


def _choose_region(probe: Probe, name: str | None) -> ProbeRegion:
    if name is None:
        return probe.regions[0]
    region = probe.region(name)
    if region is None:
        hint = one_of(name, [region.name for region in probe.regions])
        raise ConfigurationError(f"{probe.name} does not run in a region {name!r}", hint=hint)
    return region


def _with_variables(region: ProbeRegion, probe: Probe, given: Mapping[str, str]) -> ProbeRegion:
    known = {*probe.journey.variables, *region.variables}
    for name in given:
        if name not in known:
            hint = one_of(name, known) if known else "the probe declares no `vars`"
            raise ConfigurationError(f"{probe.name} has no variable {name!r}", hint=hint)
    variables: dict[str, Tree] = {**region.variables, **given}
    return replace(region, variables=variables)
