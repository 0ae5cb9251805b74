"""Notes, the cause and the post-mortem of an incident, by page and by API."""

from __future__ import annotations

import pytest

from tests.making import at
from tests.web.conftest import API_TOKEN, Site

AUTHORISED = {"authorization": f"Bearer {API_TOKEN}"}


def page(site: Site) -> str:
    return f"/incidents/{site.store.incidents()[0].id}"


def said(site: Site) -> list[tuple[str, str, str | None]]:
    events = site.store.events(site.store.incidents()[0].id)
    return [(event.what, event.text, event.actor) for event in events if event.at == at(600)]


def test_a_form_without_the_token_changes_nothing(site: Site) -> None:
    form = {"what": "note", "text": "called", "actor": "ada"}
    assert 403 == site.client.post(page(site) + "/annotate", data=form).status_code
    assert [] == said(site)


def test_a_note_and_the_cause_are_kept_and_shown(site: Site) -> None:
    token = site.token(page(site))
    for what, text in (("note", " called the <b>acquirer</b> "), ("cause", "an expired certificate")):
        form = {"token": token, "what": what, "text": text, "actor": " ada "}
        answer = site.client.post(page(site) + "/annotate", data=form)
        assert (303, page(site)) == (answer.status_code, answer.headers["location"])
    assert [("note", "called the <b>acquirer</b>", "ada"), ("cause", "an expired certificate", "ada")] == said(site)
    html = site.client.get(page(site)).text
    assert "called the &lt;b&gt;acquirer&lt;/b&gt;" in html
    assert "<dt>Cause</dt><dd>an expired certificate</dd>" in html


@pytest.mark.parametrize(("what", "text"), [("note", " "), ("note", "x" * 2001), ("opened", "x"), ("", "x")])
def test_what_says_nothing_or_is_something_else_is_refused(site: Site, what: str, text: str) -> None:
    form = {"token": site.token(page(site)), "what": what, "text": text}
    assert 400 == site.client.post(page(site) + "/annotate", data=form).status_code
    assert [] == said(site)


def test_the_api_keeps_them_with_the_token_only(site: Site) -> None:
    path = f"/api/v1{page(site)}"
    assert 401 == site.client.post(f"{path}/note", json={"text": "x"}).status_code
    answer = site.client.post(f"{path}/note", json={"text": "called"}, headers=AUTHORISED)
    assert {"incident": site.store.incidents()[0].id, "what": "note", "text": "called"} == answer.json()
    site.client.post(f"{path}/cause", json={"text": "disk", "actor": "ada"}, headers=AUTHORISED)
    assert [("note", "called", "the API"), ("cause", "disk", "ada")] == said(site)
    assert 422 == site.client.post(f"{path}/cause", json={"text": " "}, headers=AUTHORISED).status_code
    missing = site.client.post("/api/v1/incidents/none/note", json={"text": "x"}, headers=AUTHORISED)
    assert 404 == missing.status_code


def test_the_post_mortem_is_a_file_of_markdown(site: Site) -> None:
    answer = site.client.get(page(site) + "/postmortem.md")
    assert 'attachment; filename="postmortem-checkout-2026-03-02.md"' == answer.headers["content-disposition"]
    assert "text/markdown; charset=utf-8" == answer.headers["content-type"]
    assert answer.text.startswith("# Customer can checkout is down: ")
    assert 404 == site.client.get("/incidents/none/postmortem.md").status_code
