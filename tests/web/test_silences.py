"""The page of silences: asking for one, what holds, ending it early, and what other pages say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from synthmon.judge.windows import Window
from synthmon.model.incident import Decision
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.web import asking
from tests.making import at, incident, probe
from tests.web.conftest import Site

TYPED = {"kind": "silence", "probe": "checkout", "for": "2h", "reason": "new <disks>", "author": "ada"}
ASKED = Quiet(QuietKind.SILENCE, Selection(probe="checkout"), at(600), at(7800), "new <disks>", "ada")


def test_the_form_keeps_a_silence_only_with_the_token(site: Site) -> None:
    assert 403 == site.client.post("/silences", data=TYPED).status_code
    assert [] == site.store.quiets(at(0), at(9999))
    answer = site.client.post("/silences", data={**TYPED, "token": site.token("/silences")})
    assert (303, "/silences") == (answer.status_code, answer.headers["location"])
    assert [ASKED] == site.store.quiets(at(0), at(9999))


def test_what_a_browser_sends_is_understood(site: Site) -> None:
    every = {"tag": "", "owner": "", "severity": "", "start": "2026-03-02T14:00", "until": "2026-03-02T15:00"}
    form = {**TYPED, **every, "kind": "maintenance", "for": "", "token": site.token("/silences")}
    assert 303 == site.client.post("/silences", data=form).status_code
    [kept] = site.store.quiets(at(0), at(99999))
    assert (QuietKind.MAINTENANCE, at(7200), at(10800)) == (kept.kind, kept.start, kept.end)


def test_what_is_wrong_is_said_and_what_was_typed_stays(site: Site) -> None:
    answer = site.client.post("/silences", data={**TYPED, "for": "soon", "token": site.token("/silences")})
    assert 400 == answer.status_code
    assert "Nothing is kept back: a duration is a number with a unit" in answer.text
    assert 'value="new &lt;disks&gt;"' in answer.text
    assert [] == site.store.quiets(at(0), at(9999))


def test_the_list_says_what_holds_what_it_keeps_back_and_can_end_it(site: Site) -> None:
    site.store.keep_quiet(ASKED)
    html = site.client.get("/silences").text
    assert "new &lt;disks&gt;" in html
    assert "keeps back:" in html
    path = f"/silences/{ASKED.id}/lift"
    assert 403 == site.client.post(path).status_code
    assert 303 == site.client.post(path, data={"token": site.token("/silences")}).status_code
    assert "Nothing is kept back now." in site.client.get("/silences").text
    assert 303 == site.client.post(path, data={"token": site.token("/silences")}).status_code


def test_what_was_and_who_ended_it_is_listed(site: Site) -> None:
    site.store.keep_quiet(replace(ASKED, start=at(0), lifted_at=at(60), lifted_by="bob"))
    assert "lifted by bob" in site.client.get("/silences").text


def test_what_recurs_is_listed_and_cannot_be_lifted(make_site: Callable[..., Site]) -> None:
    nightly = Window("backup", Selection(), "FREQ=DAILY;BYHOUR=2;BYMINUTE=0;BYSECOND=0", timedelta(hours=1), UTC)
    html = make_site(windows=lambda: (nightly,)).client.get("/silences").text
    assert "backup" in html
    assert "/lift" not in html
    assert "declared" in html


def test_the_form_is_filled_in_for_a_probe(site: Site) -> None:
    assert (
        'name="probe" list="probes" maxlength="100" value="checkout"'
        in site.client.get("/silences?probe=checkout").text
    )
    assert "/silences?probe=checkout#add" in site.client.get("/probes/checkout").text


@pytest.mark.parametrize(("kind", "words"), [("silence", "silenced"), ("maintenance", "in maintenance")])
def test_the_pages_of_a_quiet_probe_say_that_it_is(site: Site, kind: str, words: str) -> None:
    assert words not in site.client.get("/").text
    site.store.keep_quiet(replace(ASKED, start=at(0), kind=QuietKind(kind)))
    for path in ("/", "/probes/checkout"):
        html = site.client.get(path).text
        assert f">{words}</span>" in html
    assert f">{words}</span>" not in site.client.get("/probes/login").text
    [quiet] = site.client.get("/api/v1/status").json()["probes"][0]["quiet"]
    assert (kind, at(7800).isoformat(timespec="milliseconds")) == (quiet["kind"], quiet["until"])


def test_maintenance_that_recurs_marks_a_probe_and_its_strip(make_site: Callable[..., Site]) -> None:
    now = Window("deploy", Selection("checkout"), "FREQ=DAILY;BYHOUR=12;BYMINUTE=0", timedelta(hours=1), UTC)
    html = make_site(windows=lambda: (now,)).client.get("/probes/checkout").text
    assert ">in maintenance</span>" in html
    assert "url(#p-maintenance)" in html


def test_an_incident_says_why_nobody_is_told_and_what_belongs_to_it(site: Site) -> None:
    found = site.store.incidents()[0]
    held = replace(found, withheld='silence by ada until then: "<x>"')
    child = incident(at(500), probe="login", probe_title="Log in", parent="checkout")
    site.store.apply(Decision(site.store.gather().watermark, incidents=(held, child)))
    html = site.client.get(f"/incidents/{found.id}").text
    assert "Nobody is told for now: silence by ada until then: &#34;&lt;x&gt;&#34;" in html
    assert f'<dt>It also broke</dt><dd><a href="/incidents/{child.id}">' in html
    assert (
        f'<dt>Explained by</dt><dd><a href="/incidents/{found.id}">' in site.client.get(f"/incidents/{child.id}").text
    )
    assert "Kept back:" in site.client.get("/").text


def test_hostile_names_stay_text(make_site: Callable[..., Site]) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e"
    site = make_site(probes=lambda: {"checkout": probe(tags=(hostile,))})
    site.store.keep_quiet(Quiet(QuietKind.SILENCE, Selection(tag=hostile), at(0), at(900), hostile, hostile[:80]))
    for path in ("/", "/silences", "/probes/checkout"):
        html = site.client.get(path).text
        assert "<img" not in html
        assert "\u202e" not in html


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("for", {"for": "soon"}),
        ("for", {"for": ""}),
        ("for", {"for": "40d"}),
        ("until", {"for": "", "until": "2027-03-02T14:00"}),
        ("until", {"for": "", "until": "whenever"}),
        ("start", {"start": "yesterday"}),
        ("start", {"start": "2026-03-01T14:00", "for": "3d"}),
        ("probe", {"probe": ""}),
        ("reason", {"reason": " "}),
        ("author", {"author": ""}),
        ("kind", {"kind": "noise"}),
        ("severity", {"kind": "maintenance", "severity": "page"}),
    ],
)
def test_what_is_wrong_belongs_to_a_field(field: str, changed: dict[str, str]) -> None:
    with pytest.raises(asking.Refused) as caught:
        asking.read({**TYPED, **changed}, at(600))
    assert field == caught.value.field


def test_what_it_would_do_is_shown_before_anything_is_kept(site: Site) -> None:
    form = {**TYPED, "preview": "yes", "token": site.token("/silences")}
    html = site.client.post("/silences", data=form).text
    assert "Nothing is kept back yet. It would do this:" in html
    assert "1 of 2: checkout" in html
    assert "Customer can checkout is down" in html.split('id="preview"')[1].split("</dl>")[0]
    assert 'value="new &lt;disks&gt;"' in html
    assert [] == site.store.quiets(at(0), at(9999))
    html = site.client.post("/silences", data={**form, "probe": "chekout"}).text
    assert "<strong>none that is declared</strong>; did you mean checkout?" in html


def test_words_of_the_address_fill_the_form_in(site: Site) -> None:
    html = site.client.get("/silences?probe=checkout&for=1h&reason=%3Cincident%3E").text
    for value in ("checkout", "1h", "&lt;incident&gt;"):
        assert f'value="{value}"' in html


def test_the_coming_week_holds_what_recurs_and_the_rules_are_listed(make_site: Callable[..., Site]) -> None:
    nightly = Window("backup", Selection(), "FREQ=DAILY;BYHOUR=2;BYMINUTE=0;BYSECOND=0", timedelta(hours=1), UTC)
    html = make_site(windows=lambda: (nightly,)).client.get("/silences").text
    assert 7 == html.count("02:00–03:00")
    assert "<code>FREQ=DAILY;BYHOUR=2;BYMINUTE=0;BYSECOND=0</code>" in html
