"""PagerDuty calls: who acknowledged there has acknowledged here, if the call is signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from synthmon.alerting.marks import IN_GROUP
from synthmon.model.incident import Decision, Notification, Occasion
from synthmon.web import hooks
from tests.alerting.receivers import message
from tests.making import at, incident
from tests.web.conftest import HOOK_SECRET, Site

ADDRESS = "/hooks/pagerduty/pager"


def event(key: str, kind: str = "incident.acknowledged", **changes: Any) -> bytes:
    data = {"id": "PGR0VU2", "type": "incident", "incident_key": key}
    agent = {"type": "user_reference", "summary": "Ada Lovelace"}
    return json.dumps({"event": {"event_type": kind, "agent": agent, "data": data, **changes}}).encode()


def call(site: Site, body: bytes, secret: str = HOOK_SECRET, address: str = ADDRESS) -> httpx.Response:
    signature = "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return site.client.post(address, content=body, headers={"X-PagerDuty-Signature": signature})


@pytest.fixture
def key(site: Site) -> str:
    (current,) = site.store.incidents(current=True)
    return current.dedup_key


def test_who_acknowledges_in_the_pager_has_acknowledged_here(site: Site, key: str) -> None:
    answer = call(site, event(key))

    (current,) = site.store.incidents(current=True)
    assert (answer.status_code, answer.json()) == (200, {"done": f"acknowledged {current.id}"})
    assert site.acts.acknowledged == [(current.id, "Ada Lovelace (PagerDuty)")]


def test_one_of_several_signatures_is_enough_while_a_secret_is_rotated(site: Site, key: str) -> None:
    body = event(key)
    right = hmac.new(HOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-PagerDuty-Signature": f"v1={'0' * 64}, v1={right}"}

    assert site.client.post(ADDRESS, content=body, headers=headers).status_code == 200
    assert len(site.acts.acknowledged) == 1


@pytest.mark.parametrize("signature", ["", "v1=", "v1=" + "0" * 64, "v0=x", "nonsense"])
def test_a_call_without_the_right_signature_changes_nothing(site: Site, key: str, signature: str) -> None:
    answer = site.client.post(ADDRESS, content=event(key), headers={"X-PagerDuty-Signature": signature})

    assert answer.status_code == 401
    assert site.acts.acknowledged == []


def test_a_body_that_was_changed_on_the_way_is_refused(site: Site, key: str) -> None:
    signature = "v1=" + hmac.new(HOOK_SECRET.encode(), event(key), hashlib.sha256).hexdigest()
    changed = event(key).replace(b"Ada", b"Eve")

    assert site.client.post(ADDRESS, content=changed, headers={"X-PagerDuty-Signature": signature}).status_code == 401


def test_without_a_declared_secret_there_is_no_such_address(site: Site, key: str) -> None:
    assert call(site, event(key), address="/hooks/pagerduty/mail").status_code == 404
    assert call(site, event(key), secret="", address="/hooks/pagerduty/none").status_code == 404


@pytest.mark.parametrize("kind", ["incident.triggered", "incident.resolved", "pagey.ping", ""])
def test_other_events_change_nothing(site: Site, key: str, kind: str) -> None:
    assert call(site, event(key, kind)).json()["done"] == "nothing"
    assert site.acts.acknowledged == []


@pytest.mark.parametrize("key", ["synthmon/other/down/checkout", "", "x"])
def test_an_incident_that_is_not_ours_changes_nothing(site: Site, key: str) -> None:
    assert call(site, event(key)).json() == {"done": "nothing: no open incident has that key"}
    assert site.acts.acknowledged == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"event": 5}', b'{"event": {}}', b"[" * 5000, b"\xff\xfe", b'{"event": []}']
)
def test_what_is_no_event_is_refused_in_words(site: Site, body: bytes) -> None:
    answer = call(site, body)

    assert (answer.status_code, answer.json()) == (400, {"error": "this is not an event"})


@pytest.mark.parametrize("data", [None, [], 5, {"incident_key": None}, {"incident_key": {"a": 1}}])
def test_odd_data_is_an_incident_of_nobody(site: Site, data: object) -> None:
    assert call(site, event("", data=data)).json()["done"].startswith("nothing")


@pytest.mark.parametrize("agent", [None, [], {}, {"summary": ""}, {"summary": 5}])
def test_whoever_has_no_name_is_somebody(site: Site, key: str, agent: object) -> None:
    call(site, event(key, agent=agent))

    assert site.acts.acknowledged[0][1] == "somebody (PagerDuty)"


def test_a_name_cannot_be_more_than_a_name(site: Site, key: str) -> None:
    call(site, event(key, agent={"summary": "\x1b[2J" + "x" * 500}))

    (_, who) = site.acts.acknowledged[0]
    assert "\x1b" not in who
    assert len(who) < 140


def test_a_call_that_is_too_large_is_refused_before_it_is_looked_at(site: Site) -> None:
    assert call(site, b"x" * (hooks.LARGEST + 1)).status_code == 413


def test_who_acknowledges_a_group_has_acknowledged_what_was_told_in_it_and_nothing_else(site: Site, key: str) -> None:
    told = [incident(probe=f"p{number}") for number in range(20)]
    owed = [Notification(one.id, 1, Occasion.TRIGGER, "pager", one.dedup_key, at(0), message()) for one in told]
    site.store.apply(Decision(0, incidents=tuple(told), notifications=tuple(owed)))
    for one in owed[3:]:
        site.store.postpone(one.id, at(0), IN_GROUP)
        site.store.delivered(one.id, at(1))

    answer = call(site, event("synthmon/test/group/pager"))
    assert answer.json() == {"done": "acknowledged 17 incidents"}
    taken = {one.probe: one.acknowledged_by for one in site.store.incidents() if one.acknowledged_at}
    assert taken == {f"p{number}": "Ada Lovelace (PagerDuty)" for number in range(3, 20)}
    assert call(site, event("synthmon/test/group/pager")).json() == {"done": "acknowledged 0 incidents"}
    assert {one.notification.occasion for one in site.store.deliveries(told[5].id)} == {Occasion.TRIGGER}


def test_the_key_of_another_channels_group_acknowledges_nothing(site: Site, key: str) -> None:
    assert call(site, event("synthmon/test/group/mail")).json() == {"done": "nothing: no open incident has that key"}
