"""I3: a decision is applied whole or not at all, whichever part of it the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthmon.errors import StoreError
from synthmon.model.incident import Decision, Health, IncidentEvent, RegionState
from synthmon.store.migrate import upgrade
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.alerting.receivers import notification
from tests.depth import times
from tests.making import NOON, at, change, incident

LATER = at(86_400)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    path: Path = tmp_path_factory.mktemp("whole") / "synthmon.db"
    upgrade(path)
    opened = open_store(path)
    yield opened
    opened.close()


def everything(store: SqlStore) -> object:
    return (
        store.gather().watermark,
        store.states(),
        store.incidents(),
        [store.events(one.id) for one in store.incidents()],
        store.health_changes(NOON, LATER),
        store.deliveries(),
    )


@given(st.integers(1, 10**6), st.sets(st.sampled_from(["states", "incidents", "events", "health", "owed"])))
@settings(deadline=None, max_examples=times(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_refused_in_part_changes_nothing(store: SqlStore, number: int, parts: set[str]) -> None:
    name = f"probe-{number}"
    opened = incident(probe=name)
    whole = Decision(
        watermark=number,
        states=(RegionState(name, "eu"),) if "states" in parts else (),
        incidents=(opened,),
        events=(IncidentEvent(opened.id, NOON, "opened", "down"),) if "events" in parts else (),
        health=(change(at(number), Health.DOWN, name=name),) if "health" in parts else (),
        notifications=(replace(notification(), incident_id=opened.id),) if "owed" in parts else (),
    )
    nobodys = IncidentEvent("no incident has this id", NOON, "opened", "down")
    before = everything(store)
    with pytest.raises(StoreError):
        store.apply(replace(whole, events=(*whole.events, nobodys)))
    assert before == everything(store)

    store.apply(whole)
    assert opened in store.incidents()
    assert store.gather().watermark >= 0
