"""What people do besides looking: they ask for quiet, end it early, and write down what they found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from synthmon.events import Events
from synthmon.model.incident import IncidentEvent
from synthmon.model.quiet import Quiet
from synthmon.store.interface import Store

_log = Events()

AT_ONCE = 16


class People:
    """Acts on the store in the name of somebody, and logs who did what. Raises `StoreError` when nothing is kept."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    def ask_for(self, quiet: Quiet) -> None:
        """Keep a silence or a maintenance; the judge minds it within seconds."""
        self._store.keep_quiet(quiet)
        until = quiet.end.isoformat()
        _log.info(f"{quiet.kind}.added", id=quiet.id, covers=str(quiet.covers), until=until, by=quiet.author)

    def lift(self, quiet_id: str, actor: str) -> bool:
        """End it now; False if there is none of that id, or it is over."""
        done = self._store.lift_quiet(quiet_id, actor, self._now())
        if done:
            _log.info("quiet.lifted", id=quiet_id, by=actor)
        return done

    def annotate(self, incident_id: str, what: str, text: str, actor: str) -> bool:
        """Add a `note` or the `cause` to an incident; False if there is no such incident."""
        done = self._store.annotate(incident_id, IncidentEvent(incident_id, self._now(), what, text, actor))
        if done:
            _log.info("incident.annotated", incident=incident_id, what=what, by=actor)
        return done

    def take_on(self, incident_ids: Sequence[str], actor: str) -> int:
        """Acknowledge them all; how many were open. Who acted knows; a message about each would be a storm again."""
        now = self._now()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="take-on") as pool:  # many at once share a commit
            taken = sum(pool.map(lambda one: self._store.acknowledge(one, actor, now), incident_ids))
        if taken:
            _log.info("incident.acknowledged", incidents=taken, by=actor)
        return taken
