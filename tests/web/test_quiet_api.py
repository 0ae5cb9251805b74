"""Silences and maintenance by the API, as the command line asks for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta

import pytest

from synthmon.judge.windows import Window
from synthmon.model.quiet import Quiet, QuietKind, Selection
from tests.making import at
from tests.web.conftest import API_TOKEN, Site

AUTHORISED = {"authorization": f"Bearer {API_TOKEN}"}
ASKED = {"probe": "checkout", "for": "2h", "reason": "new disks", "author": "ada"}


def test_it_acts_only_with_the_token(site: Site) -> None:
    assert 401 == site.client.post("/api/v1/silences", json=ASKED).status_code
    assert 401 == site.client.post("/api/v1/silences/x/lift", json={}).status_code
    assert [] == site.store.quiets(at(0), at(9999))


def test_a_silence_is_kept_and_what_it_keeps_back_is_said_at_once(site: Site) -> None:
    answer = site.client.post("/api/v1/silences", json=ASKED, headers=AUTHORISED)
    assert 201 == answer.status_code
    expected = Quiet(QuietKind.SILENCE, Selection(probe="checkout"), at(600), at(7800), "new disks", "ada")
    assert [expected] == site.store.quiets(at(0), at(9999))
    said = answer.json()
    assert (expected.id, ["checkout"], None) == (said["quiet"]["id"], said["probes"], said["did_you_mean"])
    [held] = said["keeps_back"]
    assert ("checkout", []) == (held["probe"], held["told"])
    assert site.store.incidents()[0].id == held["incident"]


def test_maintenance_may_be_planned_and_keeps_nothing_back_yet(site: Site) -> None:
    planned = {"kind": "maintenance", "tag": "web", "reason": "x", "author": "ada"}
    times = {"start": "2026-03-02T14:00+01:00", "until": "2026-03-02T15:00"}
    answer = site.client.post("/api/v1/silences", json={**planned, **times}, headers=AUTHORISED)
    [kept] = site.store.quiets(at(0), at(99999))
    assert (QuietKind.MAINTENANCE, at(3600), at(3 * 3600)) == (kept.kind, kept.start, kept.end)
    assert ([], []) == (answer.json()["probes"], answer.json()["keeps_back"])


def test_a_name_that_no_probe_has_is_kept_and_the_nearest_is_named(site: Site) -> None:
    answer = site.client.post("/api/v1/silences", json={**ASKED, "probe": "chekout"}, headers=AUTHORISED)
    assert ([], "checkout") == (answer.json()["probes"], answer.json()["did_you_mean"])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"probe": " "}, "say what is meant"),
        ({"reason": " "}, "/reason: "),
        ({"author": None}, "the name of who asks"),
        ({"author": ""}, "/author: "),
        ({"for": "2"}, "a duration needs a unit: 2ms, 2s, 2m, 2h or 2d"),
        ({"for": "31d"}, "30 days at most"),
        ({"for": "9999999d"}, "longer than ten years"),
        ({"for": None}, "either how long it lasts or until when"),
        ({"until": "2026-03-02T14:00"}, "either how long it lasts or until when"),
        ({"for": None, "until": "tomorrow"}, "the end is no instant such as"),
        ({"start": "0001-01-01T00:00+14:00"}, "the start is no instant such as"),
        ({"start": "9999-12-31T00:00", "for": "30d"}, "too far away"),
        ({"start": "2026-03-02T12:00", "for": "3h"}, "cannot begin in the past"),
        ({"kind": "holiday"}, "/kind: "),
        ({"severity": "urgent"}, "/severity: "),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(site: Site, changed: dict[str, str | None], words: str) -> None:
    answer = site.client.post("/api/v1/silences", json={**ASKED, **changed}, headers=AUTHORISED)
    assert 422 == answer.status_code
    assert words in answer.json()["detail"]
    assert [] == site.store.quiets(at(-99999), at(99999999))


def test_it_is_lifted_once(site: Site) -> None:
    asked = site.client.post("/api/v1/silences", json=ASKED, headers=AUTHORISED).json()["quiet"]["id"]
    path = f"/api/v1/silences/{asked}/lift"
    assert 200 == site.client.post(path, json={"actor": "bob"}, headers=AUTHORISED).status_code
    assert 409 == site.client.post(path, json={"actor": "bob"}, headers=AUTHORISED).status_code
    assert 409 == site.client.post("/api/v1/silences/nothing/lift", json={}, headers=AUTHORISED).status_code
    assert [] == site.client.get("/api/v1/silences?state=in_force").json()["items"]


def test_the_list_tells_what_holds_what_comes_and_what_was(make_site: Callable[..., Site]) -> None:
    nightly = Window("backup", Selection(), "FREQ=DAILY;BYHOUR=2;BYMINUTE=0;BYSECOND=0", timedelta(hours=1), UTC)
    site = make_site(windows=lambda: (nightly,))
    for start, end, reason in ((0, 300, "was"), (0, 900, "is"), (700, 900, "comes")):
        site.store.keep_quiet(Quiet(QuietKind.SILENCE, Selection("x"), at(start), at(end), reason, "ada"))
    said = site.client.get("/api/v1/silences").json()["items"]
    assert [("backup", "coming"), ("comes", "coming"), ("is", "in_force"), ("was", "past")] == sorted(
        (quiet["reason"], quiet["state"]) for quiet in said
    )
