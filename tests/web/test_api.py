"""The API as programs use it: lists in pieces, one of each, what is refused and how, and what is not sent again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date
from typing import Any

from pydantic import BaseModel

from synthmon import wire
from synthmon.errors import StoreError
from synthmon.model.agent import Heartbeat
from synthmon.model.incident import Decision, IncidentStatus
from synthmon.model.probe import Objective
from synthmon.model.run import (
    AnswerShape,
    AssertionResult,
    Evidence,
    Exchange,
    ExchangePurpose,
    Outcome,
    Phases,
    RunKind,
)
from synthmon.reports.archive import Archive
from synthmon.reports.figures.period import day, week
from synthmon.reports.figures.report import Frame, build
from synthmon.reports.scope import Scope
from synthmon.web.access import Need
from synthmon.web.api import run_document
from synthmon.web.api.agents import presence_to_json
from synthmon.web.api.door import LARGEST_BODY
from synthmon.web.api.paging import mark
from synthmon.web.api.routes import OPERATIONS
from synthmon.web.site import PAGES
from tests.making import at, incident, probe, run
from tests.web.conformance import DOCUMENT, PROBLEM
from tests.web.conftest import API_TOKEN, Site

KNOWN = {"authorization": f"Bearer {API_TOKEN}"}


def every(site: Site, path: str, limit: int) -> list[Any]:
    """All items of a list, piece by piece."""
    items: list[Any] = []
    after = ""
    while True:
        start = f"{path}{'&' if '?' in path else '?'}limit={limit}"
        piece = site.client.get(f"{start}{after}", headers=KNOWN).json()
        items += piece["items"]
        assert len(piece["items"]) <= limit
        if piece["next"] is None:
            return items
        after = f"&after={piece['next']}"


def test_the_document_has_every_route_once_and_each_says_what_it_needs() -> None:
    described = {(path, method.upper()) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert {(one.path, one.method) for one in OPERATIONS} == described
    assert len(OPERATIONS) == len({one.name for one in OPERATIONS})
    assert all(one in PAGES for one in OPERATIONS)
    assert {one.path for one in PAGES if one.path.startswith("/api/")} == set(DOCUMENT["paths"])
    assert not [one for one in OPERATIONS if one.need is Need.PUBLIC]


def test_it_is_served_as_it_is_made(site: Site) -> None:
    assert DOCUMENT == site.client.get("/api/v1/openapi.json").json()


def test_a_run_is_the_document_that_is_printed_field_by_field() -> None:
    """Neither may have a field that the other lacks: a new one would silently not be sent."""
    made = run(at(0), Outcome.FAILED)

    def compare(said: Any, shape: dict[str, Any], place: str) -> None:
        schema = shape.get("$ref", "").rpartition("/")[2]
        if schema:
            shape = DOCUMENT["components"]["schemas"][schema]
        if "anyOf" in shape:
            shape = next(one for one in shape["anyOf"] if one != {"type": "null"})
            if said is not None:
                compare(said, shape, place)
        elif isinstance(said, dict) and "properties" in shape:
            assert set(said) == set(shape["properties"]) - {"compared"}, place
            for name, value in said.items():
                compare(value, shape["properties"][name], f"{place}.{name}")
        elif isinstance(said, list) and "items" in shape:
            for value in said:
                compare(value, shape["items"], place)

    compare(wire.to_json(made), {"$ref": "#/components/schemas/RunAnswer"}, "run")
    assert made.steps
    step = wire.to_json(_full())["steps"][0]
    parts: tuple[tuple[Any, type[BaseModel]], ...] = (
        (step, run_document.StepDocument),
        (step["evidence"], run_document.EvidenceDocument),
        (step["exchanges"][0], run_document.ExchangeDocument),
        (step["assertions"][0], run_document.AssertionDocument),
        (step["failures"][0], run_document.FailureDocument),
        (step["phases"], run_document.PhasesDocument),
        (step["shape"], run_document.ShapeDocument),
    )
    for said, model in parts:
        assert set(said) == set(model.model_fields), model


def _full() -> Any:
    made = run(at(0), Outcome.FAILED)
    step = replace(
        made.steps[0],
        evidence=Evidence("GET", "https://a"),
        exchanges=(Exchange(ExchangePurpose.REQUEST, "GET", "https://a", 0.0, Phases()),),
        assertions=(AssertionResult("status", "200", "500", passed=False),),
        failures=made.failures,
        shape=AnswerShape(),
    )
    return replace(made, steps=(step,))


def test_a_list_comes_whole_in_pieces_of_any_size(site: Site) -> None:
    for limit in (1, 3, 10, 500):
        slots = [item["slot"] for item in every(site, "/api/v1/runs", limit)]
        assert [at(60 * index).isoformat(timespec="milliseconds") for index in reversed(range(10))] == slots
        assert ["checkout", "login"] == [item["name"] for item in every(site, "/api/v1/probes", limit)]


def test_a_mark_that_nobody_made_is_refused_and_never_reaches_the_database(site: Site) -> None:
    slot = 1772452800000
    wrong: list[list[Any]] = [
        [slot, "a\0", "b", "scheduled", 0],
        [slot, "\ud800", "b", "scheduled", 0],
        [slot, "a", "b", "scheduled", 1 << 40],
        [slot, "a", "b", "scheduled", -1],
        [slot, "a", "b", "weekly", 0],
        [1 << 60, "a", "b", "scheduled", 0],
        [0, "a", "b", "scheduled", 0],
        [True, "a", "b", "scheduled", 0],
    ]
    for place in wrong:
        answer = site.client.get("/api/v1/runs", params={"after": mark(place)})
        assert (place, 422) == (place, answer.status_code)
    others: list[list[Any]] = [[slot, 1 << 40, "a"], [slot, 1, "\udfff"], [slot, 1]]
    for place in others:
        answer = site.client.get("/api/v1/incidents", params={"after": mark(place)})
        assert (place, 422) == (place, answer.status_code)
    assert 200 == site.client.get("/api/v1/runs", params={"after": mark([slot, "a", "b", "scheduled", 0])}).status_code


def test_what_is_added_meanwhile_neither_repeats_a_run_nor_leaves_one_out(site: Site) -> None:
    first = site.client.get("/api/v1/runs?limit=4").json()
    site.store.keep([run(at(700 + index)) for index in range(3)])
    rest = site.client.get("/api/v1/runs", params={"limit": 50, "after": first["next"]}).json()
    assert 10 == len({item["id"] for item in first["items"] + rest["items"]})
    assert 10 == len(first["items"] + rest["items"])


FILTERS = [
    ("probe=checkout", 10),
    ("probe=login", 0),
    ("region=local", 10),
    ("outcome=failed", 2),
    ("outcome=failed&outcome=passed", 10),
    ("kind=manual", 0),
    ("kind=scheduled&outcome=passed", 8),
    ("start=2026-03-02T12:08:00Z", 2),
    ("start=2026-03-02T13:08:00%2B01:00&end=2026-03-02T12:09Z", 1),
]


def test_runs_are_filtered(site: Site) -> None:
    for query, count in FILTERS:
        assert (query, count) == (query, len(site.client.get(f"/api/v1/runs?{query}").json()["items"]))


def test_a_run_is_compared_with_the_last_good_one_or_with_any(site: Site) -> None:
    newest = site.store.run_rows(limit=1)[0].id
    alone = site.client.get(f"/api/v1/runs/{newest}").json()
    beside = site.client.get(f"/api/v1/runs/{newest}?compare=last_good").json()
    assert (None, newest, "failed") == (alone["compared"], beside["id"], beside["outcome"])
    assert "passed" == beside["compared"]["run"]["outcome"]
    assert {"what": "outcome", "there": "passed", "here": "failed"} in beside["compared"]["changes"]
    other = beside["compared"]["run"]["id"]
    assert other == site.client.get(f"/api/v1/runs/{newest}?compare={other}").json()["compared"]["run"]["id"]
    assert 404 == site.client.get(f"/api/v1/runs/{newest}?compare=none").status_code


def test_incidents_come_in_pieces_and_one_tells_its_story(site: Site) -> None:
    for number in range(1, 5):
        over = replace(
            incident(at(-1000 * number)),
            status=IncidentStatus.RESOLVED,
            resolved_at=at(-900 * number),
            generation=number,
        )
        site.store.apply(Decision(watermark=site.store.gather().watermark, incidents=(over,)))
    assert 5 == len({one["id"] for one in every(site, "/api/v1/incidents", 2)})
    [current] = site.client.get("/api/v1/incidents?status=current").json()["items"]
    assert 4 == len(site.client.get("/api/v1/incidents?status=resolved").json()["items"])
    told = site.client.get(f"/api/v1/incidents/{current['id']}").json()
    assert [("opened", None)] == [(event["what"], event["actor"]) for event in told["events"]]
    assert [] == told["deliveries"]


def test_a_probe_tells_its_source_and_its_versions(site: Site) -> None:
    told = site.client.get("/api/v1/probes/checkout").json()
    assert (probe().yaml, "down", []) == (told["source"], told["health"], told["versions"])
    assert 404 == site.client.get("/api/v1/probes/none").status_code


def test_objectives_without_any_are_an_empty_list_and_with_one_say_what_is_left(make_site: Callable[..., Site]) -> None:
    assert [] == make_site().client.get("/api/v1/probes/checkout/objectives").json()["items"]
    kept = replace(probe(), objectives=(Objective("availability", 0.99, 86400.0),))
    answer = make_site(probes=lambda: {"checkout": kept}).client.get("/api/v1/probes/checkout/objectives")
    [unknown] = answer.json()["items"]
    assert ("none", None, 0.0) == (unknown["standing"], unknown["achieved"], unknown["used"])


def test_the_figures_of_a_period_are_the_document_of_a_report(make_site: Callable[..., Site]) -> None:
    asked: list[Any] = []

    def figures(start: Any, end: Any, chosen: Any) -> dict[str, Any]:
        asked.append((start, end, chosen.names))
        document = {"format": 1, "environment": "test", "as_of": "x", "closed": True, "configuration": "c"}
        tally = dict.fromkeys(("availability", "success", "coverage"), 0.5) | {"good": 1.0, "bad": 1.0}
        tally |= {"good_runs": 1, "bad_runs": 1, "due": 4}
        told = {"total": tally, "regions": {"local": tally}, "trusted": False, "states": {"up": 3600.0}}
        objective = {"name": "a", "target": 0.9, "window": 86400.0, "within": None, "standing": "met"}
        told["objectives"] = [objective | {"achieved": 1.0, "budget": 8640.0, "used": 640.0}]
        return {**document, "period": {}, "probes": [told], "later": "fields pass through"}

    kept = replace(probe(), objectives=(Objective("a", 0.9, 86400.0),))
    site = make_site(figures=figures, probes=lambda: {"checkout": kept})
    period = {"start": "2026-03-02T10:00:00Z", "end": "2026-03-02T12:00:00Z"}
    assert "fields pass through" == site.client.get("/api/v1/figures", params=period).json()["later"]
    sent = site.client.post("/api/v1/figures", json={**period, "probe": ["checkout"]}, headers=KNOWN)
    assert 200 == sent.status_code
    told = site.client.get("/api/v1/probes/checkout/availability", params=period).json()
    assert (0.5, 0.5, {"up": 3600.0}) == (told["total"]["availability"], told["total"]["coverage"], told["states"])
    [standing] = site.client.get("/api/v1/probes/checkout/objectives").json()["items"]
    assert 8000.0 == standing["left"]
    assert [(), ("checkout",), ("checkout",), ("checkout",)] == [names for _, _, names in asked]
    backwards = site.client.get("/api/v1/figures", params={"start": period["end"], "end": period["start"]})
    assert 422 == backwards.status_code


def test_only_so_many_periods_are_counted_at_once(make_site: Callable[..., Site]) -> None:
    inner: list[int] = []
    whole: dict[str, Any] = {"format": 1, "closed": True, "period": {}, "probes": []}

    def figures(*_asked: Any) -> dict[str, Any]:
        inner.append(site.client.get("/api/v1/figures").status_code if len(inner) < 5 else 0)
        return {**dict.fromkeys(("environment", "as_of", "configuration"), ""), **whole}

    site = make_site(figures=figures)
    assert 200 == site.client.get("/api/v1/figures").status_code
    assert [429, 200] == inner


def test_the_archive_is_listed_and_handed_out_as_it_was_written(site: Site) -> None:
    archive = Archive(site.reports)
    periods = (day(date(2026, 3, 2), UTC), day(date(2026, 3, 1), UTC), week(date(2026, 2, 25), UTC))
    for period in periods:
        archive.keep(build(Frame("test", period, at(86400 * 60), "0" * 12), []), Scope())
    (site.reports / "secrets.yaml").write_text("nothing for anybody")
    listed = every(site, "/api/v1/reports", 2)
    assert ["daily-2026-03-02", "daily-2026-03-01", "weekly-2026-W09"] == [one["name"] for one in listed]
    assert ["weekly-2026-W09"] == [one["name"] for one in every(site, "/api/v1/reports?kind=weekly", 2)]
    for file in listed[0]["files"]:
        answer = site.client.get(f"/api/v1/reports/{file}")
        assert (site.reports / file).read_bytes() == answer.content
        assert "attachment" in answer.headers["content-disposition"]
    for name in ("secrets.yaml", "daily-2026-03-02.about", "none-2026.html", "..%2Fsynthmon.db", "%2e%2e"):
        assert 404 == site.client.get(f"/api/v1/reports/{name}").status_code


def test_an_agent_is_told_of_in_the_same_words_whether_or_not_a_daemon_is_asked(site: Site) -> None:
    site.store.hear(Heartbeat("local", "a", at(590), "0.1.0", "x", at(0), memory=1 << 20))
    [told] = site.client.get("/api/v1/agents").json()["items"]
    [present] = site.ports.agents.present()
    assert set(presence_to_json(present)) == set(told)


def test_what_is_known_already_is_not_sent_again(site: Site) -> None:
    for path in ("/api/v1/runs", "/api/v1/status", "/api/v1/probes/checkout"):
        first = site.client.get(path)
        again = site.client.get(path, headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
        assert (304, b"", first.headers["etag"]) == (again.status_code, again.content, again.headers["etag"])
        assert "private, no-cache" == first.headers["cache-control"]
    tag = site.client.get("/api/v1/runs").headers["etag"]
    site.store.keep([run(at(5000), kind=RunKind.MANUAL)])
    assert 200 == site.client.get("/api/v1/runs", headers={"if-none-match": tag}).status_code


WRONG_QUESTIONS = [
    ("limit=0", ["/limit"]),
    ("limit=501&outcome=broken", ["/limit", "/outcome/0"]),
    ("limit=ten", ["/limit"]),
    ("lmit=1", ["/lmit"]),
    ("probe=", ["/probe"]),
    ("probe=a&probe=b", ["/probe"]),
    ("probe=%00", ["/probe"]),
    ("start=yesterday", ["/start"]),
    ("start=0001-01-01T00:00:00%2B14:00", ["/start"]),
    ("after=x", ["/after"]),
    ("after=W10", ["/after"]),
    ("after=WzEsMiwzLDQsNV0", ["/after"]),
]


def test_what_is_wrong_with_a_question_is_pointed_at(site: Site) -> None:
    for query, pointers in WRONG_QUESTIONS:
        answer = site.client.get(f"/api/v1/runs?{query}")
        assert (422, PROBLEM) == (answer.status_code, answer.headers["content-type"])
        assert (query, pointers) == (query, [one["pointer"] for one in answer.json()["errors"]])
        assert {"query"} == {one["part"] for one in answer.json()["errors"]}


BODIES = [
    (b"{", "application/json", 400),
    (b"", "application/json", 400),
    (b'{"probe": NaN', "application/json", 400),
    (b"[" * 5000, "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b"[]", "application/json", 422),
    (b'{"probe": "checkout", "region": 7}', "application/json", 422),
    (b'{"probe": "\\ud800", "region": "local"}', "application/json", 400),
    (b'{"probe": "checkout", "region": "local", "now": true}', "application/json; charset=utf-8", 422),
    (b"probe=checkout&region=local", "application/x-www-form-urlencoded", 415),
    (b'{"probe": "checkout", "region": "local"}', "", 415),
    (b" " * (LARGEST_BODY + 1), "application/json", 413),
    (b'{"probe": "none", "region": "local"}', "application/json", 404),
    (b'{"probe": "checkout", "region": "local"}', "APPLICATION/JSON", 202),
]


def test_what_is_wrong_with_a_body_is_a_problem_of_its_own_kind(site: Site) -> None:
    for content, kind, status in BODIES:
        headers = {**KNOWN, **({"content-type": kind} if kind else {})}
        answer = site.client.post("/api/v1/runs", content=content, headers=headers)
        assert (content[:60], status) == (content[:60], answer.status_code)
        assert status == 202 or (PROBLEM, status) == (answer.headers["content-type"], answer.json()["status"])


def test_errors_are_problems_wherever_they_come_from(make_site: Callable[..., Site]) -> None:
    def away(*_asked: Any) -> Any:
        raise StoreError("disk I/O error")

    def broken(*_asked: Any) -> Any:
        raise RuntimeError("a secret of the inside")

    site = make_site(probes=broken, figures=away)
    found = {
        404: site.client.get("/api/v1/none"),
        405: site.client.delete("/api/v1/runs"),
        421: site.client.get("/api/v1/runs", headers={"host": "evil.example"}),
        500: site.client.get("/api/v1/probes"),
        503: site.client.get("/api/v1/figures"),
        401: site.client.post("/api/v1/runs", json={}),
        403: site.client.get("/api/v1/agents/tokens"),
    }
    for status, answer in found.items():
        assert (status, PROBLEM) == (answer.status_code, answer.headers["content-type"])
        assert {"type", "title", "status", "detail", "instance"} <= set(answer.json())
        assert "inside" not in answer.text
        assert "Traceback" not in answer.text
    assert "5" == found[503].headers["retry-after"]
    assert "GET" in found[405].headers["allow"]


def test_what_a_caller_sent_is_shown_without_its_control_characters(site: Site) -> None:
    answer = site.client.get("/api/v1/%1b%5b31m<script>/x")
    assert "\x1b" not in answer.json()["instance"]
    assert "application/problem+json" == answer.headers["content-type"]
