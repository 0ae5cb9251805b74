"""Has decisions written down, all in one transaction; or one by one, where the store works and refuses one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from synthmon.errors import RefusedByStore, StoreError
from synthmon.events import Events
from synthmon.judge.turn import merge
from synthmon.model.incident import Decision
from synthmon.store.interface import Store

_log = Events()


class Applying:
    """Belongs to the centre's thread, for one term."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stuck_at: int | None = None

    def apply(self, watermark: int, decisions: Sequence[Decision], epoch: int | None) -> list[Decision]:
        """Those of them that the store refused. If the database went away, the commit is in doubt, and that passes:
        nothing is done again before the rows have been read again.
        """
        try:
            self._store.apply(merge(watermark, decisions), epoch)
        except RefusedByStore as error:
            return self._one_by_one(watermark, decisions, epoch, error)
        return []

    def _one_by_one(
        self, watermark: int, decisions: Sequence[Decision], epoch: int | None, error: StoreError
    ) -> list[Decision]:
        """So that one probe whose decision is refused does not hold up the others.

        Raises when the database is away, and when nothing is taken, as then it is to blame, unless it was so at this
        watermark before. The watermark comes last: after a crash in between, runs are judged again, and those that
        count already are late.
        """
        refused: list[Decision] = []
        for decision in decisions:
            try:
                self._store.apply(replace(decision, watermark=0), epoch)
            except RefusedByStore as again:
                refused.append(decision)
                _log.error("judge.refused", names=about(decision), error=str(again))
        if len(refused) == len(decisions) and self._stuck_at != watermark:
            self._stuck_at = watermark
            raise error
        self._store.apply(Decision(watermark), epoch)
        return refused


def about(decision: Decision) -> list[str]:
    """The probes a decision is about."""
    names = [state.probe for state in decision.states] + [change.probe for change in decision.health]
    return list(dict.fromkeys(names + [incident.probe for incident in decision.incidents]))


def log(decision: Decision) -> None:
    """A line for each change that somebody may ask about."""
    incidents = {incident.id: incident for incident in decision.incidents}
    for event in decision.events:
        if event.what != "began":
            concerned = incidents[event.incident_id]
            _log.info(
                f"incident.{event.what}",
                incident=concerned.id,
                probe=concerned.probe,
                track=concerned.track.value,
                severity=concerned.severity.value,
                generation=concerned.generation,
                regions=list(concerned.regions),
                why=event.text,
            )
    for change in decision.health:
        if change.region is None:
            _log.info("health.changed", probe=change.probe, health=change.health.value, why=change.reason)
