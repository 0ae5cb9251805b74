"""Defects planted one at a time: each is what somebody could plausibly have written, and some world has to find it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from synthmon.alerting import backups
from synthmon.judge import bench, incident, policy, quorum, region, telling
from synthmon.judge.region import Evidence, Standing
from synthmon.model.incident import (
    Decision,
    Delivery,
    DeliveryStatus,
    Notification,
    RegionPhase,
    RegionState,
    TrackState,
)
from synthmon.model.probe import Track
from synthmon.model.run import Outcome, RunKind, RunResult
from synthmon.store import memory_outbox
from tests.simulation.fragile import Died, FragileStore
from tests.simulation.world import World

Plant = Callable[[pytest.MonkeyPatch], None]


def mark_before_send(patch: pytest.MonkeyPatch) -> None:
    """The row is marked sent when it is claimed."""

    def claim(self: FragileStore, now: datetime, lease: float, limit: int = 50) -> list[Delivery]:
        self._reach()
        due = self._kept.outbox.claim(now, lease, limit)
        for one in due:
            self._kept.outbox.delivered(one.notification.id, now)
        return due

    patch.setattr(FragileStore, "claim", claim)


def gives_up_soon(patch: pytest.MonkeyPatch) -> None:
    """Three refusals, and it is never tried again."""
    before = FragileStore.postpone

    def postpone(self: FragileStore, notification_id: str, next_at: datetime, error: str) -> None:
        attempts = {row.notification.id: row.attempts for row in self.deliveries()}
        if attempts.get(notification_id, 0) >= 2:
            super(FragileStore, self).delivered(notification_id, next_at)
        else:
            before(self, notification_id, next_at, error)

    patch.setattr(FragileStore, "postpone", postpone)


def resolve_overtakes(patch: pytest.MonkeyPatch) -> None:
    """Rows go out in any order, not one after the other per incident and channel."""

    def heads(self: Any) -> list[Any]:
        return [row for row in self._rows.values() if row.delivery.status is DeliveryStatus.PENDING][::-1]

    patch.setattr(memory_outbox.Outbox, "_heads", heads)


def a_message_has_no_key(patch: pytest.MonkeyPatch) -> None:
    """Each row has a key of its own, so that nothing merges in the pager."""
    before = telling.owed

    def owed(*given: Any, **more: Any) -> tuple[Notification, ...]:
        return tuple(replace(one, dedup_key=f"{one.dedup_key}/{one.occasion}") for one in before(*given, **more))

    patch.setattr(telling, "owed", owed)


def resolve_on_error(patch: pytest.MonkeyPatch) -> None:
    """A run that could not judge counts as a good one."""
    _hear_errors_as(patch, Evidence.GOOD)


def errors_are_failures(patch: pytest.MonkeyPatch) -> None:
    """A run that could not judge counts as a failed one."""
    _hear_errors_as(patch, Evidence.BAD)


def _hear_errors_as(patch: pytest.MonkeyPatch, evidence: Evidence) -> None:
    before = region.standing

    def standing(state: RegionState, run: RunResult) -> Standing:
        found = before(state, run)
        return Standing.CURRENT if found is Standing.NOT_JUDGED and run.outcome is Outcome.ERROR else found

    patch.setattr(bench, "standing", standing)
    patch.setattr(region, "SAYS", {**region.SAYS, (Track.DOWN, Outcome.ERROR): evidence})
    if evidence is Evidence.GOOD:
        patch.setattr(Outcome, "good", property(lambda self: self in {Outcome.PASSED, Outcome.DEGRADED, Outcome.ERROR}))


def counters_lost_at_restart(patch: pytest.MonkeyPatch) -> None:
    """What is counted towards a threshold lives in the process."""
    before = World._boot

    def boot(self: World) -> None:
        before(self)
        for key, state in self.store._kept.states.items():
            tracks = {track: _uncounted(one) for track, one in state.tracks.items()}
            self.store._kept.states[key] = replace(state, tracks=tracks)

    patch.setattr(World, "_boot", boot)


def _uncounted(track: TrackState) -> TrackState:
    return replace(track, count=0, recent=())


def beliefs_lost_at_restart(patch: pytest.MonkeyPatch) -> None:
    """What is believed of the regions lives in the process."""
    before = World._boot

    def boot(self: World) -> None:
        before(self)
        self.store._kept.states.clear()

    patch.setattr(World, "_boot", boot)


def worst_outcome_wins(patch: pytest.MonkeyPatch) -> None:
    """One region that sees it down is enough for any rule."""
    patch.setattr(quorum, "needed", lambda rule, known: 1)


def best_outcome_wins(patch: pytest.MonkeyPatch) -> None:
    """As long as one region sees it up, nobody is told."""
    patch.setattr(quorum, "needed", lambda rule, known: known)


def quorum_over_assigned(patch: pytest.MonkeyPatch) -> None:
    """The share is taken of all assigned regions, silent ones too."""
    before, tallied = quorum.needed, quorum.Tally._met

    def met(self: quorum.Tally, rule: Any, names: set[str]) -> bool:
        down = sum(1 for name in self.down if quorum._held(self.regions[name], rule, names))
        return down >= before(rule.regions, len(self.regions))

    assert tallied is not met
    patch.setattr(quorum.Tally, "_met", met)


def silence_is_down(patch: pytest.MonkeyPatch) -> None:
    """A region that says nothing counts as one that sees it down."""
    patch.setattr(quorum, "BELIEVED_DOWN", region.BELIEVED_DOWN | {RegionPhase.BLIND})
    patch.setattr(quorum, "NOT_KNOWN", frozenset({RegionPhase.NEW}))


def absence_resolves(patch: pytest.MonkeyPatch) -> None:
    """No bad news is good news."""
    before = incident.consider

    def consider(scene: incident.Scene, last: Any) -> Any:
        quiet = not getattr(scene.tally, "known", True)
        if quiet and last is not None and last.current:
            return incident._resolve(scene, last)
        return before(scene, last)

    patch.setattr(bench, "consider", consider)


def one_region_is_recovery_enough(patch: pytest.MonkeyPatch) -> None:
    """It ends as soon as too few regions see it down, not when all see it up."""
    patch.setattr(quorum.Tally, "recovered", property(lambda self: not self.holding))


def one_good_run_ends_it(patch: pytest.MonkeyPatch) -> None:
    """A single good run counts as recovery."""
    before = policy.Watch.__post_init__

    def after(self: policy.Watch) -> None:
        before(self)
        object.__setattr__(self, "good_runs", 1)

    patch.setattr(policy.Watch, "__post_init__", after)


def half_a_recovery_outlasts_silence(patch: pytest.MonkeyPatch) -> None:
    """One good run, an hour of nothing, one good run: over."""

    def blinded(track: TrackState, at: datetime) -> TrackState:
        if track.phase in {RegionPhase.NEW, RegionPhase.BLIND}:
            return track
        return replace(track, phase=RegionPhase.BLIND, before_blind=track.phase, since=at)

    patch.setattr(region, "_blinded", blinded)


def late_results_count(patch: pytest.MonkeyPatch) -> None:
    """A result that comes after a newer one moves beliefs all the same."""
    _never_late(patch, lambda state, run: region.order(run) == state.last_order)


def duplicates_count(patch: pytest.MonkeyPatch) -> None:
    """The store keeps whatever is delivered, and the judge counts it."""
    _never_late(
        patch,
        lambda state, run: region.place(region.order(run)) < region.place(state.last_order or (0, "scheduled", 0)),
    )
    before = FragileStore.keep

    def keep(self: FragileStore, results: Sequence[RunResult]) -> int:
        again = [one for one in results if one.id in self._kept.runs]
        new = before(self, results)
        for one in again:
            self._kept.runs[f"{one.id} {len(self._kept.runs)}"] = one
        return new

    patch.setattr(FragileStore, "keep", keep)


def _never_late(patch: pytest.MonkeyPatch, late: Callable[[RegionState, RunResult], bool]) -> None:
    def standing(state: RegionState, run: RunResult) -> Standing:
        if run.key.kind is RunKind.MANUAL:
            return Standing.MANUAL
        if late(state, run):
            return Standing.LATE
        return Standing.CURRENT if run.outcome.judged else Standing.NOT_JUDGED

    patch.setattr(bench, "standing", standing)


def order_by_arrival(patch: pytest.MonkeyPatch) -> None:
    """What came together is judged in the order in which it came; what is older than it is late."""
    patch.setattr(bench, "place", lambda kept: (0, 0, 0))
    patch.setattr(bench, "order", lambda run: (0, "scheduled", 0))


def confirm_ignored(patch: pytest.MonkeyPatch) -> None:
    """Only scheduled runs are judged."""
    before = region.standing

    def standing(state: RegionState, run: RunResult) -> Standing:
        return Standing.MANUAL if run.key.kind is RunKind.CONFIRM else before(state, run)

    patch.setattr(bench, "standing", standing)


def manual_runs_count(patch: pytest.MonkeyPatch) -> None:
    """Pressing "run again" can page."""
    before = region.standing

    def standing(state: RegionState, run: RunResult) -> Standing:
        found = before(state, run)
        return Standing.CURRENT if found is Standing.MANUAL and run.outcome.judged else found

    patch.setattr(bench, "standing", standing)


def backlog_is_news(patch: pytest.MonkeyPatch) -> None:
    """Runs of an hour ago resolve what is still down."""
    before = bench.Bench._take

    def take(self: Any, *given: Any) -> None:
        go_blind = self._go_blind
        self._go_blind = lambda probe: None
        before(self, *given)
        self._go_blind = go_blind

    patch.setattr(bench.Bench, "_take", take)


def trigger_twice(patch: pytest.MonkeyPatch) -> None:
    """Each region that joins triggers again."""
    before = incident._strengthen

    def strengthen(scene: incident.Scene, current: Any, calls: Any) -> Any:
        change = before(scene, current, calls)
        if change is None or change.notifications:
            return change
        message = telling.trigger(change.incident, scene.ground())
        count = len(change.incident.regions)
        return replace(change, notifications=telling.owed(change.incident, current.channels, message, sequence=count))

    patch.setattr(incident, "_strengthen", strengthen)


def raised_without_a_word(patch: pytest.MonkeyPatch) -> None:
    """A ticket that has to become a page stays a ticket."""
    patch.setattr(incident, "RANK", dict.fromkeys(policy.RANK, 0))


def removed_and_forgotten(patch: pytest.MonkeyPatch) -> None:
    """The probe is gone, and its incident ends without a word to the pager."""
    before = incident.close_unwatched
    patch.setattr(bench, "close_unwatched", lambda *given: replace(before(*given), notifications=()))


def removed_and_left(patch: pytest.MonkeyPatch) -> None:
    """The probe is gone, and nobody looks at its incident again."""
    patch.setattr(bench.Bench, "wind_up", lambda self: None)


def outbox_in_a_second_transaction(patch: pytest.MonkeyPatch) -> None:
    """Incidents first, then what is owed: a crash between them loses it."""

    def commit(self: FragileStore, decision: Decision) -> None:
        super(FragileStore, self).apply(replace(decision, notifications=()))
        self._perhaps_die()
        self._kept.outbox.owe(decision.notifications)

    patch.setattr(FragileStore, "commit", commit)


def watermark_first(patch: pytest.MonkeyPatch) -> None:
    """The watermark is moved before what was decided is kept."""

    def commit(self: FragileStore, decision: Decision) -> None:
        super(FragileStore, self).apply(Decision(decision.watermark))
        if self._batch is not None and self._batch.runs and self.chance.random() < self.crashes:
            raise Died
        super(FragileStore, self).apply(decision)

    patch.setattr(FragileStore, "commit", commit)


def backup_is_never_told(patch: pytest.MonkeyPatch) -> None:
    """What the pager refuses for good is buried, and nobody hears of it."""
    patch.setattr(backups.Backups, "_owe", lambda self, backup, wanted: None)


def backup_is_not_told_of_the_end(patch: pytest.MonkeyPatch) -> None:
    """The backup hears that it began and never that it is over."""
    patch.setattr(backups.Backups, "tell_those_that_know", lambda self, told: None)
    patch.setattr(backups.Backups, "_behind", lambda self, told: [])


DEFECTS: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        mark_before_send,
        gives_up_soon,
        resolve_overtakes,
        a_message_has_no_key,
        resolve_on_error,
        errors_are_failures,
        counters_lost_at_restart,
        beliefs_lost_at_restart,
        worst_outcome_wins,
        best_outcome_wins,
        quorum_over_assigned,
        silence_is_down,
        absence_resolves,
        one_region_is_recovery_enough,
        one_good_run_ends_it,
        half_a_recovery_outlasts_silence,
        late_results_count,
        duplicates_count,
        order_by_arrival,
        confirm_ignored,
        manual_runs_count,
        backlog_is_news,
        trigger_twice,
        raised_without_a_word,
        removed_and_forgotten,
        removed_and_left,
        outbox_in_a_second_transaction,
        watermark_first,
        backup_is_never_told,
        backup_is_not_told_of_the_end,
    )
}
