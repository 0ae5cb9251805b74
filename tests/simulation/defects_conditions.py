"""Defects in what is not simply down: rates, latencies, cleanups, budgets, missing data, regions, slots, planted one by
one as those in `defects.py` are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from synthmon.centre import caretaker
from synthmon.judge import baseline, bench, burn, measures, region, silence_of_data, silent, stuck, suspect, upkeep
from synthmon.judge.region import Evidence
from synthmon.model.condition import FailureRate
from synthmon.model.incident import Sample
from synthmon.model.run import Outcome, RunResult

Plant = Callable[[pytest.MonkeyPatch], None]


def rates_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A share of failed runs never holds."""
    before = measures.out_of_bounds
    patch.setattr(
        measures, "out_of_bounds", lambda rule, some: None if isinstance(rule, FailureRate) else before(rule, some)
    )


def a_rate_of_one_run(patch: pytest.MonkeyPatch) -> None:
    """A single failed run is a share of 100 %."""
    before = measures.out_of_bounds
    patch.setattr(measures, "out_of_bounds", lambda rule, some: before(replace(rule, min_runs=1), some))


def our_own_slowness_is_theirs(patch: pytest.MonkeyPatch) -> None:
    """A latency is one, whatever held it up."""
    patch.setattr(measures, "sample_of", lambda run: Sample(run.key.slot, run.outcome is Outcome.FAILED, run.latency))


def our_own_slowness_spends_budget(patch: pytest.MonkeyPatch) -> None:
    """The same for a budget: this one was found by the simulation."""

    def is_bad(objective: Any, run: RunResult) -> bool:
        slow = objective.within is not None and run.latency is not None and run.latency > objective.within
        return slow or not run.outcome.good

    patch.setattr(burn, "is_bad", is_bad)


def one_fast_run_is_fast(patch: pytest.MonkeyPatch) -> None:
    """It is not slow any more after two fast runs, whatever the percentile says."""
    before = measures.measure

    def measure(watch: Any, samples: Any) -> measures.Measured:
        found = before(watch, samples)
        return replace(found, holding=()) if samples and not samples[-1].bad else found

    patch.setattr(measures, "measure", measure)


def two_days_are_usual(patch: pytest.MonkeyPatch) -> None:
    """What was so the day before yesterday and yesterday is usual."""
    patch.setattr(baseline, "FEWEST_DAYS", 2)


def above_what_is_usual_at_all(patch: pytest.MonkeyPatch) -> None:
    """Whatever is slower than usual is too slow."""
    patch.setattr(baseline, "_above", lambda condition, usually: usually)


def nothing_is_usual(patch: pytest.MonkeyPatch) -> None:
    """What was kept before the last start is not looked at."""
    patch.setattr(baseline.Usual, "figure", lambda *given: None)


def cleanups_we_could_not_do_are_done(patch: pytest.MonkeyPatch) -> None:
    """No failed cleanup step: it cleaned up."""

    def left(run: RunResult) -> Evidence:
        return Evidence.BAD if any(step.outcome is Outcome.FAILED for step in run.cleanup) else Evidence.GOOD

    patch.setattr(region, "_left_behind", left)


def cleanups_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What is left behind is nobody's business."""
    patch.setattr(region, "_left_behind", lambda run: None)


def missing_data_is_not_missed(patch: pytest.MonkeyPatch) -> None:
    """It is looked for only while runs come."""
    before = silence_of_data.silence
    patch.setattr(bench, "silence", lambda *given, looking: before(*given, looking=False))


def missing_data_since_for_ever(patch: pytest.MonkeyPatch) -> None:
    """A probe that comes back is missed from its last run on."""

    def heard_at(probe: Any, states: Any) -> datetime | None:
        known = [states[one.name] for one in probe.regions if one.name in states]
        return max((state.last_slot for state in known if state.last_slot), default=None)

    patch.setattr(silence_of_data, "_heard_at", heard_at)


def an_error_is_data(patch: pytest.MonkeyPatch) -> None:
    """A run that could not judge ends it."""
    before = bench.Bench._miss_data

    def miss(self: Any, probe: Any) -> None:
        self._heard = self._heard or bool(self._part.runs)
        if any(run.outcome is Outcome.ERROR for run in self._part.runs):
            self._states = {
                name: replace(state, last_slot=max(run.key.slot for run in self._part.runs))
                for name, state in self._states.items()
            }
        before(self, probe)

    patch.setattr(bench.Bench, "_miss_data", miss)


def a_budget_of_few_runs(patch: pytest.MonkeyPatch) -> None:
    """However few of the due runs were judged."""
    patch.setattr(burn, "COVERAGE", 0.0)


def a_budget_for_each_outage(patch: pytest.MonkeyPatch) -> None:
    """Who was told of the outage is told of the budget as well."""
    patch.setattr(burn._Pair, "explained", lambda *given: False)


def a_budget_nobody_minds(patch: pytest.MonkeyPatch) -> None:
    """It burns, and no run is news."""
    patch.setattr(burn, "_is_news", lambda *given: False)


def silence_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    """A region says nothing, and nobody asks."""
    patch.setattr(silent.Hearing, "silent", lambda *given: {})


def silence_after_a_restart(patch: pytest.MonkeyPatch) -> None:
    """Who has just come up calls everybody silent who did not speak while it was away."""
    patch.setattr(caretaker.Caretaker, "_listening_since", lambda self, now: datetime.min.replace(tzinfo=now.tzinfo))


def silence_ends_by_itself(patch: pytest.MonkeyPatch) -> None:
    """A region that is not spoken of is well."""
    patch.setattr(silent.Hearing, "heard", lambda self, regions, now: frozenset(regions))
    before = silent.Hearing.silent

    def silent_for_a_while(self: Any, regions: Any, now: datetime) -> dict[str, datetime]:
        found = before(self, regions, now)
        return {name: since for name, since in found.items() if now - since < timedelta(minutes=5)}

    patch.setattr(silent.Hearing, "silent", silent_for_a_while)


def nobody_is_blind(patch: pytest.MonkeyPatch) -> None:
    """All regions silent are so many silent regions."""
    before = upkeep._blind
    patch.setattr(upkeep, "_blind", lambda silences: replace(before(silences), severity=None))


def unwatched_is_no_page(patch: pytest.MonkeyPatch) -> None:
    """A silent region is a ticket, whatever nobody else watches."""
    before = upkeep._silent
    patch.setattr(upkeep, "_silent", lambda *given: replace(before(*given), severity=None))


def stuck_is_not_noticed(patch: pytest.MonkeyPatch) -> None:
    """An agent that lives is thought to run everything."""
    patch.setattr(upkeep, "slots_of", lambda *given: stuck.Slots({}, frozenset()))


def a_backlog_is_stuck(patch: pytest.MonkeyPatch) -> None:
    """A heartbeat says that all is well, whatever waits to be delivered."""
    patch.setattr(silent, "_reach", lambda heartbeat: heartbeat.at)


def stuck_ends_at_the_first_slot(patch: pytest.MonkeyPatch) -> None:
    """One region is enough to say that a probe runs again."""
    before = stuck.slots_of

    def slots_of(*given: Any) -> stuck.Slots:
        found, probes = before(*given), list(given[0])
        runs = {pair[0] for pair in found.coming}
        pairs = [(one.name, where.name) for one in probes if one.name in runs for where in one.regions]
        return stuck.Slots({}, frozenset(pairs)) if runs else found

    patch.setattr(upkeep, "slots_of", slots_of)


def nobody_is_suspect(patch: pytest.MonkeyPatch) -> None:
    """Each target that a region does not reach is down."""
    patch.setattr(upkeep, "suspects", lambda *given: {})


def suspect_for_ever(patch: pytest.MonkeyPatch) -> None:
    """What a suspect region says is not listened to, however long it goes on."""
    patch.setattr(suspect.Doubt, "holds", lambda self, now: True)


def suspect_since_a_moment_ago(patch: pytest.MonkeyPatch) -> None:
    """The ten minutes begin anew with every probe that joins."""
    before = suspect._Count.doubt
    patch.setattr(
        suspect._Count,
        "doubt",
        lambda self: replace(before(self), since=max(since for _, since in self.failing.values())),
    )


def silence_clears_the_suspect(patch: pytest.MonkeyPatch) -> None:
    """A region that falls silent is not suspect any more."""
    patch.setattr(suspect, "_seen", lambda track: track.phase)


def held_and_told_to_nobody(patch: pytest.MonkeyPatch) -> None:
    """What fails from a suspect region alone is kept back, and its channels hear nothing of the region."""
    patch.setattr(upkeep, "_with", lambda held, trouble: trouble)


CONDITIONS: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        rates_are_forgotten,
        a_rate_of_one_run,
        our_own_slowness_is_theirs,
        our_own_slowness_spends_budget,
        one_fast_run_is_fast,
        two_days_are_usual,
        above_what_is_usual_at_all,
        nothing_is_usual,
        cleanups_we_could_not_do_are_done,
        cleanups_are_forgotten,
        missing_data_is_not_missed,
        missing_data_since_for_ever,
        an_error_is_data,
        a_budget_of_few_runs,
        a_budget_for_each_outage,
        a_budget_nobody_minds,
        silence_is_not_noticed,
        silence_after_a_restart,
        silence_ends_by_itself,
        nobody_is_blind,
        unwatched_is_no_page,
        stuck_is_not_noticed,
        a_backlog_is_stuck,
        stuck_ends_at_the_first_slot,
        nobody_is_suspect,
        suspect_for_ever,
        suspect_since_a_moment_ago,
        silence_clears_the_suspect,
        held_and_told_to_nobody,
    )
}
