"""Beliefs, incidents and debts as documents: they come back as they went."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.incident import Incident, Message, Notification, RegionState
from synthmon.model.run import Json
from tests.depth import times
from tests.wire import strategies

few = settings(max_examples=times(15), deadline=None)


def _through(document: Json) -> Json:
    return wire.loads(wire.dumps(document))


@few
@given(strategies.incidents)
def test_every_incident_comes_back_as_it_went(incident: Incident) -> None:
    assert incident == wire.incident_from_json(_through(wire.incident_to_json(incident)))


@few
@given(strategies.messages)
def test_every_message_comes_back_as_it_went(message: Message) -> None:
    assert message == wire.message_from_json(_through(wire.message_to_json(message)))


@few
@given(strategies.notifications)
def test_every_notification_comes_back_as_it_went(notification: Notification) -> None:
    assert notification == wire.notification_from_json(_through(wire.notification_to_json(notification)))


@few
@given(strategies.states)
def test_every_region_state_comes_back_as_it_went(state: RegionState) -> None:
    assert state == wire.state_from_json(_through(wire.state_to_json(state)))


def test_a_track_that_a_later_version_added_is_left_out() -> None:
    document = wire.state_to_json(RegionState("checkout", "local"))
    document["tracks"]["weather"] = {"phase": "raining"}
    assert RegionState("checkout", "local") == wire.state_from_json(document)


def test_a_state_of_an_earlier_version_lacks_what_alerts_count() -> None:
    document = wire.state_to_json(RegionState("checkout", "local"))
    for name in ("samples", "spending", "watched_since"):
        del document[name]
    assert RegionState("checkout", "local") == wire.state_from_json(document)


@pytest.mark.parametrize("rows", [[[1, True]], [[1, 1, 0.5]], [[10**30, True, None]], ["x"], [[True, True, None]]])
def test_samples_that_are_none_are_refused_with_their_place(rows: list[object]) -> None:
    document = wire.state_to_json(RegionState("checkout", "local")) | {"samples": rows}
    with pytest.raises(MalformedDocument, match=r"^samples: expected"):
        wire.state_from_json(document)
