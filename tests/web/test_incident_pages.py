"""Incidents on pages: chosen by what one looks for, and one with all that belongs to it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from synthmon.model.incident import Decision, Incident, IncidentEvent, IncidentStatus
from synthmon.model.probe import Severity, Track
from synthmon.model.run import Outcome
from synthmon.web.incident_list import SHOWN, read
from tests.making import at, incident, run
from tests.web.conftest import Site


def known(site: Site, *incidents: Incident) -> None:
    site.store.apply(Decision(site.store.gather().watermark, incidents=incidents))


@pytest.fixture
def several(site: Site) -> Site:
    """Beside the open one of checkout: one of login that was taken on, and one of search that is over."""
    known(
        site,
        incident(at(300), probe="login", probe_title="Log-in", owner="team-id", status=IncidentStatus.ACKNOWLEDGED),
        incident(
            at(-200000),
            probe="search",
            probe_title="Search",
            severity=Severity.TICKET,
            status=IncidentStatus.RESOLVED,
            resolved_at=at(-190000),
        ),
    )
    return site


def test_incidents_are_chosen_by_what_the_address_says(several: Site) -> None:
    for words, probes in (
        ("", {"checkout", "login", "search"}),
        ("state=current", {"checkout", "login"}),
        ("state=acknowledged", {"login"}),
        ("state=resolved&severity=ticket", {"search"}),
        ("probe=log*", {"login"}),
        ("owner=team-id", {"login"}),
        ("days=1", {"checkout", "login"}),
        ("days=7", {"checkout", "login", "search"}),
        ("owner=nobody", set()),
    ):
        html = several.client.get(f"/incidents?{words}").text
        titles = {"checkout": "Customer can checkout is", "login": "Log-in is", "search": "Search is"}
        assert (words, probes) == (words, {name for name, title in titles.items() if title in html})
        assert f"{len(probes)} incident" in html


def test_what_was_chosen_stays_in_the_fields_and_what_is_wrong_is_said_there(several: Site) -> None:
    answer = several.client.get("/incidents?probe=chekout&state=closed&severity=page&days=2")
    assert 400 == answer.status_code
    for text in (
        'value="chekout" aria-invalid="true" aria-describedby="wrong-probe"',
        "there is no probe of that name; did you mean checkout?",
        "&#39;closed&#39; is none of current, open, acknowledged, resolved",
        "<option selected>page</option>",
        "&#39;2&#39; is none of 1, 7, 30, 90",
    ):
        assert text in answer.text


def test_many_are_shown_page_by_page_with_addresses_that_keep_the_choice(site: Site) -> None:
    made = [incident(at(-600 * index), probe=f"p{index}", probe_title=f"P{index}") for index in range(SHOWN + 5)]
    known(site, *made)
    first = site.client.get("/incidents?probe=p*").text
    assert f"{SHOWN + 5} incidents, newest first; page 1 of 2" in first
    assert 'href="/incidents?probe=p%2A&amp;page=2" rel="next"' in first
    second = site.client.get("/incidents?probe=p*&page=2").text
    assert 'href="/incidents?probe=p%2A" rel="prev"' in second
    assert f"P{SHOWN + 4} is" in second
    assert "P0 is" not in second
    assert "page 2 of 2" in site.client.get("/incidents?probe=p*&page=99").text


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "9" * 30, "²"])
def test_a_page_that_is_none_is_the_first_or_the_last(page: str) -> None:
    assert read({"page": page}, ()).page == 1


def test_one_acknowledges_with_a_note(site: Site) -> None:
    [found] = site.store.incidents()
    path = f"/incidents/{found.id}"
    form = {"actor": "Ada", "note": "I look at it <now>", "token": site.token(path)}
    assert 303 == site.client.post(f"{path}/acknowledge", data=form).status_code
    assert [(found.id, "Ada")] == site.acts.acknowledged
    assert "I look at it &lt;now&gt;" in site.client.get(path).text
    assert 404 == site.client.post("/incidents/none/acknowledge", data=form).status_code


def test_what_was_noted_last_stands_with_the_facts_with_who_and_when(site: Site) -> None:
    [found] = site.store.incidents()
    for second, text in ((700, "restarted it"), (760, "the acquirer is on it")):
        site.store.annotate(found.id, IncidentEvent(found.id, at(second), "note", text, "Ada"))
    facts = site.client.get(f"/incidents/{found.id}").text.partition("<h2")[0]
    assert "restarted it" not in facts
    assert re.search(r"<dt>Last note</dt><dd>the acquirer is on it <span[^>]*>Ada, .*12:12:40", facts)


def test_what_is_wrong_with_a_note_is_said_at_its_field_which_keeps_it(site: Site) -> None:
    [found] = site.store.incidents()
    path = f"/incidents/{found.id}"
    form = {"what": "guess", "text": "<perhaps> the cache", "actor": "Ada", "token": site.token(path)}
    answer = site.client.post(f"{path}/annotate", data=form)
    assert 400 == answer.status_code
    assert 'aria-describedby="wrong-text">&lt;perhaps&gt; the cache</textarea>' in answer.text
    assert "It is either a note or the cause." in answer.text
    assert 'value="Ada"' in answer.text
    long = {**form, "note": "x" * 2001}
    assert "Write at most 2000 characters." in site.client.post(f"{path}/acknowledge", data=long).text
    assert [] == site.acts.acknowledged


def test_an_incident_leads_to_its_runs_and_to_what_differs(site: Site) -> None:
    bad, good = site.store.run_rows(limit=10)[1], site.store.run_rows(limit=10)[2]
    [found] = site.store.incidents()
    known(site, replace(found, cause=replace(found.cause, run_id=bad.id, region="local")))
    html = site.client.get(f"/incidents/{found.id}").text
    assert f'href="/runs/{bad.id}?with={good.id}"' in html
    assert "Where it failed" in html
    assert "pay × 2" in html
    assert f"/silences?probe=checkout&amp;for=1h&amp;reason=Incident+{found.id}#add" in html


def test_an_incident_tells_the_release_in_which_it_broke(site: Site) -> None:
    good, bad = run(at(601)), run(at(602), Outcome.FAILED)
    named = [
        replace(one, steps=(replace(one.steps[0], captured={"release": release}),))
        for one, release in ((good, "2026.3.1"), (bad, "2026.3.2"))
    ]
    site.store.keep(named)
    found = incident(at(602))
    found = replace(found, track=Track.SLOW, cause=replace(found.cause, run_id=bad.id, slot=bad.key.slot))
    known(site, found)
    html = site.client.get(f"/incidents/{found.id}").text
    assert "<strong>2026.3.2</strong>, and 2026.3.1 in the last good run" in html


def test_the_tab_of_an_incident_of_synthmons_own_names_it_in_words(site: Site) -> None:
    blind = incident(probe="*", probe_title="monitoring", track=Track.REGION)
    known(site, blind)
    assert "<title>monitoring: open" in site.client.get(f"/incidents/{blind.id}").text


def test_when_an_acknowledgement_ends_is_shown_and_that_one_has_ended(site: Site) -> None:
    [found] = site.store.incidents()
    taken = replace(found, status=IncidentStatus.ACKNOWLEDGED, acknowledged_at=at(600), acknowledged_by="Ada")
    known(site, taken)
    html = site.client.get(f"/incidents/{found.id}").text
    assert "it ends by itself 2026-03-02 20:10:00 UTC, and reminders begin again" in html
    known(site, replace(found, acknowledgement_ended_at=at(700)))
    assert "The last acknowledgement expired 2026-03-02 12:11:40 UTC." in site.client.get(f"/incidents/{found.id}").text


def test_what_else_began_then_is_named(several: Site) -> None:
    [found] = [one for one in several.store.incidents() if one.probe == "checkout"]
    html = several.client.get(f"/incidents/{found.id}").text
    assert "At the same time" in html
    assert "Log-in is down" in html
    assert "Search is down" not in html


def test_what_a_person_woken_does_first_comes_right_below_the_headline(several: Site) -> None:
    [found] = [one for one in several.store.incidents() if one.probe == "checkout"]
    html = several.client.get(f"/incidents/{found.id}").text
    places = [html.index(words) for words in ("</h1>", ">Acknowledge</button>", "<dt>Began", "At the same time")]
    assert places == sorted(places)
