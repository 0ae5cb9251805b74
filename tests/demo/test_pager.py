"""The pager's page and the switches beside it."""

from __future__ import annotations

from typing import Any

import pytest

from synthmon.demo.faults import FAULTS
from synthmon.demo.pager import KEPT
from tests.demo.conftest import Site

PAGE = {"Accept": "text/html,*/*"}


def message(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "occasion": "trigger", "severity": "page", "decided_at": "2026-03-02T12:00:00Z", **more}


def test_what_arrives_is_shown_newest_first_to_people_and_programs(control: Site) -> None:
    first, second = message("checkout is down"), message("checkout is up again", occasion="resolve")
    assert [control.ask("POST", "/pager", json=each).status_code for each in (first, second)] == [202, 202]
    assert control.ask("GET", "/pager").json() == {"messages": [second, first]}
    html = control.ask("GET", "/pager", headers=PAGE).text
    assert html.index("checkout is up again") < html.index("checkout is down")
    assert '<article class="resolve">' in html
    assert '<article class="page">' in html
    assert "page · 2026-03-02 12:00:00 UTC" in html


def shown(control: Site, sent: dict[str, Any]) -> str:
    assert control.ask("POST", "/pager", json=sent).status_code == 202
    return control.ask("GET", "/pager", headers=PAGE).text


@pytest.mark.parametrize(
    ("occasion", "severity", "colour"),
    [
        ("trigger", "page", "page"),
        ("remind", "page", "page"),
        ("trigger", "ticket", "ticket"),
        ("remind", "ticket", "ticket"),
        ("resolve", "page", "resolve"),
        ("resolve", "ticket", "resolve"),
        ("acknowledge", "page", "neutral"),
        ("acknowledge", "ticket", "neutral"),
    ],
)
def test_a_message_has_the_colour_of_what_it_asks_for(control: Site, occasion: str, severity: str, colour: str) -> None:
    html = shown(control, message("a", occasion=occasion, severity=severity))
    assert f'<article class="{colour}">' in html


def test_a_message_leads_to_its_incident(control: Site) -> None:
    html = shown(control, message("a", link="http://127.0.0.1:8420/incidents/1?a=1&b=2"))
    address = "http://127.0.0.1:8420/incidents/1?a=1&amp;b=2"
    assert f'<a href="{address}" rel="noreferrer">open the incident</a>' in html


@pytest.mark.parametrize(
    "given", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/incidents/1", 7, None]
)
def test_what_is_no_address_of_the_web_becomes_no_link(control: Site, given: object) -> None:
    assert "<a " not in shown(control, message("a", link=given))


def test_the_lines_of_a_summary_stay_lines(control: Site) -> None:
    assert '<p class="summary">first\nsecond</p>' in shown(control, message("a", summary="first\nsecond"))
    assert ".summary { white-space: pre-line; }" in control.ask("GET", "/pager.css").text


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("2026-11-24T01:12:09.123456Z", "2026-11-24 01:12:09 UTC"),
        ("2026-11-24T02:12:09+01:00", "2026-11-24 01:12:09 UTC"),
        ("2026-11-24T01:12:09", "2026-11-24T01:12:09"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("soon", "soon"),
        (7, "7"),
    ],
)
def test_times_are_readable_and_what_is_no_time_stays(control: Site, given: object, read: str) -> None:
    assert f"page · {read}</p>" in shown(control, message("a", decided_at=given))


def test_an_empty_pager_says_how_to_make_it_ring(control: Site) -> None:
    assert "synthmon demo fault login-500" in control.ask("GET", "/pager", headers=PAGE).text
    assert control.ask("GET", "/pager").json() == {"messages": []}


HOSTILE = "<script>alert(1)</script><img src=x onerror='x'>\"&{{ 7 * 7 }}"


@pytest.mark.parametrize("field", ["title", "summary", "occasion", "severity", "decided_at"])
def test_hostile_text_is_shown_as_text(control: Site, field: str) -> None:
    control.ask("POST", "/pager", json={**message("a"), field: HOSTILE})
    answer = control.ask("GET", "/pager", headers=PAGE)
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "49" not in answer.text
    if field != "occasion":
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]


def test_values_that_are_no_text_are_escaped_as_well(control: Site) -> None:
    control.ask("POST", "/pager", json={"title": [HOSTILE], "summary": {"<b>": HOSTILE}, "occasion": 7})
    html = control.ask("GET", "/pager", headers=PAGE).text
    assert "<script" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    "content",
    [
        b"no JSON",
        b"[]",
        b'"text"',
        b"{}",
        b"\xff\xfe\xff",
        b'{"title": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"number": NaN}',
        b'{"number": 1e999}',
        b'{"number": ' + b"9" * 5000 + b"}",
        b'{"deep": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"deeper": ' + b"[" * 100_000,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_could_never_be_shown_is_refused_and_the_page_stays(control: Site, content: bytes) -> None:
    control.ask("POST", "/pager", json=message("before"))
    assert control.ask("POST", "/pager", content=content).status_code == 400
    assert "before" in control.ask("GET", "/pager", headers=PAGE).text
    assert len(control.ask("GET", "/pager").json()["messages"]) == 1


def test_the_pager_keeps_the_newest_two_hundred(control: Site) -> None:
    for number in range(KEPT + 1):
        control.ask("POST", "/pager", json=message(f"number {number}"))
    kept = [each["title"] for each in control.ask("GET", "/pager").json()["messages"]]
    assert kept == [f"number {number}" for number in range(KEPT, 0, -1)]


def test_the_pages_style_is_served_beside_it(control: Site) -> None:
    answer = control.ask("GET", "/pager.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "article.resolve" in answer.text


# Switches


def test_every_fault_is_switched_on_and_off_alone(control: Site) -> None:
    for name in FAULTS:
        assert control.ask("PUT", f"/faults/{name}").json() == {each: each == name for each in FAULTS}
        assert not any(control.ask("DELETE", f"/faults/{name}").json().values())


def test_switching_twice_is_switching_once(control: Site) -> None:
    for method, on in (("PUT", True), ("PUT", True), ("DELETE", False), ("DELETE", False)):
        assert control.ask(method, "/faults/shop-down").json()["shop-down"] is on


def test_a_fault_that_nobody_knows_is_not_found(control: Site) -> None:
    assert control.ask("PUT", "/faults/payment-sloww").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Bearer ünlike".encode().decode("latin-1")])
@pytest.mark.parametrize(("method", "path"), [("GET", "/faults"), ("PUT", "/faults/shop-down")])
def test_without_the_token_nothing_is_switched_or_told(control: Site, method: str, path: str, given: str) -> None:
    answer = control.ask(method, path, headers=[(b"authorization", given.encode("latin-1"))])
    assert answer.status_code == 401
    assert not any(control.ask("GET", "/faults").json().values())
