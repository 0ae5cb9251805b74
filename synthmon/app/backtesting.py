"""Kept runs under the policy that the files declare now, beside what people were told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from synthmon.app.looking import Window
from synthmon.app.policy import policy_of
from synthmon.app.usual import usual
from synthmon.errors import ConfigurationError
from synthmon.judge.compare import Pair, compare
from synthmon.judge.replay import replay
from synthmon.model.incident import Incident
from synthmon.model.probe import Probe
from synthmon.nouns import dataclass
from synthmon.probefile.problem import render


@dataclass(frozen=True, slots=True)
class Backtest:
    """What was told from `start` to `end`, and what would have been; `probes` are those whose runs were judged."""

    start: datetime
    end: datetime
    runs: int
    probes: tuple[Probe, ...]
    pairs: tuple[Pair, ...]
    then: tuple[Incident, ...]
    now: tuple[Incident, ...]


def backtest(window: Window, start: datetime, end: datetime, only: Sequence[str] = ()) -> Backtest:
    """Judge the kept runs of [start, end) again; raises `ConfigurationError` if a file has an error."""
    if window.loaded.failed:
        errors = [problem for problem in window.loaded.problems if problem.is_error]
        raise ConfigurationError(render(errors), hint="a policy is tried whole: mend the files first")
    probes = {probe.name: probe for probe in window.loaded.probes if not only or probe.name in only}
    unknown = [name for name in only if name not in probes]
    if unknown:
        raise ConfigurationError(f"there is no probe {unknown[0]!r}", hint="`synthmon status` lists them")
    runs = (run for run in window.store.runs(start, end) if run.key.probe in probes)
    policy = policy_of(window.settings, "")
    compared = usual(window.store, probes.values(), start, end)
    replayed = replay(probes, policy, runs, end, window.store.quiets(start, end), compared)
    told = [one for one in window.store.incidents(start=start, end=end) if one.probe in probes]
    then = tuple(one for one in told if one.opened_at >= start)
    return Backtest(
        start,
        end,
        replayed.runs,
        tuple(probes.values()),
        tuple(compare(then, replayed.incidents, end)),
        then,
        replayed.incidents,
    )
