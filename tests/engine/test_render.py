"""Values take the shape of the place where they stand, and cannot step out of it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine.built import Fields
from synthmon.engine.plan import planned
from synthmon.engine.render import carefully, render_request
from synthmon.engine.values import Values
from synthmon.errors import TemplateError
from synthmon.model.probe import ProbeRegion
from synthmon.model.run import FailureKind, Outcome, RunKey, RunResult
from tests.engine.world import SLOT, World, from_json, probe, request, step, text

WEIRD = "a/b?c=d&e#f%20 ü+'\""


def sent(**more: Any) -> httpx.Request:
    """The request that goes out for `request(**more)`, with a variable `v` and a secret `key`."""
    variables = more.pop("variables", {"v": WEIRD})
    world = World(secrets={"key": "s3cret-valu&"})
    result = world.run(probe(step("a", request=request(**more)), variables=variables))
    assert result.failures == ()
    return world.seen[0]


def failed(captured: Any, **more: Any) -> RunResult:
    """The run of a request that uses what a step before captured as `v`."""
    world = World(lambda _request: httpx.Response(200, json={"v": captured}))
    capture = from_json("v", "$.v", has_default=True, default=None)
    return world.run(probe(step("first", captures=(capture,)), step("a", request=request(**more))))


def test_a_value_in_a_path_stays_in_its_segment() -> None:
    assert sent(url="/x/${{ vars.v }}/y").url.raw_path == b"/x/a%2Fb%3Fc%3Dd%26e%23f%2520%20%C3%BC%2B%27%22/y"


def test_a_value_in_a_query_stays_in_its_parameter() -> None:
    assert sent(url="/?q=${{ vars.v }}&r=1").url.params.multi_items() == [("q", WEIRD), ("r", "1")]


def test_parameters_are_encoded_lists_repeat_and_numbers_are_written_as_json() -> None:
    seen = sent(url="/?a=1", params={"q": "${{ vars.v }}", "n": 50, "t": True, "l": ["x", 2]})
    expected = [("a", "1"), ("q", WEIRD), ("n", "50"), ("t", "true"), ("l", "x"), ("l", "2")]
    assert seen.url.params.multi_items() == expected


def test_a_value_in_a_json_body_keeps_its_type_and_is_serialised() -> None:
    body = {"text": "${{ vars.v }}", "number": "${{ vars.n }}", "list": [1, None], "mixed": "n=${{ vars.n }}"}
    seen = sent(method="POST", json=body, variables={"v": WEIRD, "n": 7})
    assert json.loads(seen.content) == {"text": WEIRD, "number": 7, "list": [1, None], "mixed": "n=7"}
    assert seen.headers["Content-Type"] == "application/json"


def test_a_form_is_encoded_and_says_so() -> None:
    seen = sent(method="POST", form={"q": "${{ vars.v }}", "l": ["a", "b"]})
    assert parse_qs(seen.content.decode()) == {"q": [WEIRD], "l": ["a", "b"]}
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_raw_body_is_sent_as_it_is_with_the_type_the_probe_gives() -> None:
    seen = sent(method="POST", raw="<a>${{ vars.v }}</a>", headers={"Content-Type": "application/xml"})
    assert seen.content.decode() == f"<a>{WEIRD}</a>"
    assert seen.headers.get_list("Content-Type") == ["application/xml"]


def test_a_raw_body_without_a_type_is_plain_text() -> None:
    assert sent(method="POST", raw="hello").headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_secret_is_revealed_on_the_wire() -> None:
    seen = sent(
        method="POST",
        url="/${{ secrets.key }}",
        json={"k": "${{ secrets.key }}"},
        headers={"X-Key": "${{ secrets.key }}"},
    )
    assert seen.url.raw_path == b"/s3cret-valu%26"
    assert seen.headers["X-Key"] == "s3cret-valu&"
    assert json.loads(seen.content) == {"k": "s3cret-valu&"}


def test_a_variable_may_give_scheme_and_host_and_the_regions_own_wins() -> None:
    world = World()
    declared = probe(step("a", "${{ vars.shop }}/api"), variables={"shop": "https://one.test"})
    world.run(declared, ProbeRegion("eu", {"shop": "https://eu.test:8443/base"}))
    assert str(world.seen[0].url) == "https://eu.test:8443/base/api"


def test_a_variable_is_rendered_once_a_run() -> None:
    world = World()
    world.run(
        probe(step("a", "/${{ vars.id }}"), step("b", "/${{ vars.id }}"), variables={"id": text("${{ uuid() }}")})
    )
    assert world.seen[0].url == world.seen[1].url


def test_a_variable_that_refers_to_itself_is_our_error() -> None:
    result = World().run(probe(step("a", "/${{ vars.id }}"), variables={"id": text("${{ vars.id }}")}))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.TEMPLATE)


TEMPLATES: dict[str, dict[str, Any]] = {
    "header": {"headers": {"X-Id": "${{ captures.v }}"}},
    "path": {"url": "/orders/${{ captures.v }}"},
    "query": {"params": {"id": "${{ captures.v }}"}},
    "form": {"method": "POST", "form": {"id": "${{ captures.v }}"}},
    "raw": {"method": "POST", "raw": "id=${{ captures.v }}"},
}


MISFITS: list[tuple[str, Any]] = [
    (place, value)
    for place in TEMPLATES
    for value in (None, ["a"], {"a": 1})
    if not (place in {"query", "form"} and isinstance(value, list))  # there a list repeats its name
]


@pytest.mark.parametrize(("place", "value"), MISFITS)
def test_what_was_captured_and_does_not_fit_is_the_targets_failure(place: str, value: Any) -> None:
    result = failed(value, **TEMPLATES[place])
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "a")
    assert result.failures[0].kind is FailureKind.CAPTURE


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "a\x7fb"])
def test_a_captured_value_cannot_begin_another_header(value: str) -> None:
    result = failed(value, headers={"X-Id": "${{ captures.v }}"})
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "a")
    assert result.failures[0].kind is FailureKind.CAPTURE
    assert "control character" in result.failures[0].message


def test_a_control_character_of_our_own_is_our_error() -> None:
    world = World()
    declared = probe(step("a", request=request(headers={"X": "${{ vars.v }}"})), variables={"v": "a\r\nb"})
    assert world.run(declared).failures[0].kind is FailureKind.TEMPLATE
    assert world.seen == []


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_a_captured_value_cannot_lead_to_another_path(value: str) -> None:
    result = failed(value, url="/orders/${{ captures.v }}/lines")
    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.CAPTURE)


def test_scheme_and_host_never_come_from_an_answer() -> None:
    result = failed("evil.test", url="http://${{ captures.v }}/")
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.TEMPLATE)
    assert "never come from a capture" in result.failures[0].message


@pytest.mark.parametrize(
    "url",
    ["ftp://shop.test/", "http:///x", "http://user:pw@shop.test/", "http://[bad/", "http://a b/", "http://a:99999/"],
)
def test_a_url_that_is_none_is_our_error(url: str) -> None:
    result = World().run(probe(step("a", "${{ vars.u }}"), variables={"u": url}))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.TEMPLATE)


@given(st.text(max_size=30))
def test_no_captured_text_changes_where_a_request_goes(value: str) -> None:
    world = World(lambda _request: httpx.Response(200, content=json.dumps({"v": value}).encode()))
    declared = probe(step("first", captures=(from_json("v", "$.v"),)), step("a", "/orders/${{ captures.v }}/lines"))
    result = world.run(declared)
    if result.outcome is Outcome.PASSED:
        assert world.seen[1].url.host == "shop.test"
        assert world.seen[1].url.raw_path.count(b"/") == 3
        assert b"?" not in world.seen[1].url.raw_path
    else:
        assert result.failures[0].kind in {FailureKind.CAPTURE, FailureKind.BODY}


def crossing(location: str, status: int = 302) -> tuple[World, httpx.Request]:
    """A redirect from the shop, and the request that follows it."""
    world = World(secrets={"key": "s3cret-value"})

    def handle(seen: httpx.Request) -> httpx.Response:
        if seen.url.path == "/go":
            return httpx.Response(status, headers={"Location": location})
        return httpx.Response(200)

    world.handler = handle
    headers = {"X-Shop-Key": "${{ secrets.key }}", "X-Plain": "kept"}
    world.run(probe(step("a", request=request(url="/go", headers=headers, redirects=2))))
    return world, world.seen[-1]


def test_a_redirect_to_another_origin_takes_no_header_with_a_secret_along() -> None:
    _, followed = crossing("http://elsewhere.test/in")
    assert followed.url.host == "elsewhere.test"
    assert "X-Shop-Key" not in followed.headers
    assert followed.headers["X-Plain"] == "kept"


def test_a_redirect_within_the_origin_keeps_it() -> None:
    assert crossing("/in")[1].headers["X-Shop-Key"] == "s3cret-value"


def test_a_redirect_to_another_origin_that_would_repeat_a_secret_body_is_refused() -> None:
    world = World(
        lambda _request: httpx.Response(307, headers={"Location": "http://elsewhere.test/"}), {"key": "s3cret-value"}
    )
    login = request("POST", "/go", json={"password": "${{ secrets.key }}"}, redirects=2)
    result = world.run(probe(step("a", request=login)))
    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.REDIRECT)
    assert len(world.seen) == 1


NAMES = st.sampled_from(["X-One", "content-type", "Accept", "Host", "Content-Length", "Bad Name", "Cookie"])
HEADERS = st.dictionaries(NAMES, st.sampled_from(["a", "s3cret-valu&", "b\n", "${{ secrets.key }}"]), max_size=3)
JSONS = st.sampled_from([None, {}, {"a": 1}, {"a": "${{ secrets.key }}"}, "${{ vars.gone }}", ["${{ vars.v }}"]])
METHODS = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"])
DEFAULTS: dict[bytes, Fields] = {}
URLS = st.sampled_from(["/", "/x?a=s3cret-valu%26", "/${{ vars.v }}", "ftp://nobody.test/"])


@given(METHODS, URLS, JSONS, HEADERS, st.integers(0, 1))
def test_most_requests_are_made_at_once_and_are_what_the_careful_way_makes(
    method: str, url: str, body: Any, headers: dict[str, str], redirects: int
) -> None:
    spec = request(method, url, json=body, headers=headers, redirects=redirects)
    for agent in (b"one", b"one", b"two"):  # what is the same in every run is kept from the first
        careful = made(lambda *given: carefully(spec, planned(spec), *given[1:]), spec, agent)
        assert made(render_request, spec, agent) == careful


def made(make: Any, spec: Any, agent: bytes) -> Any:
    """All of the request, or why there is none, and which secrets became known. Each agent has the same defaults."""
    asked = probe(step("a"), variables={"v": text("v")})
    key = RunKey("test", asked.name, asked.regions[0].name, SLOT)
    values = Values(asked, key, asked.regions[0], World(secrets={"key": "s3cret-valu&"}).surroundings, SLOT)
    defaults = DEFAULTS.setdefault(agent, {b"accept": (b"Accept", b"*/*"), b"user-agent": (b"User-Agent", agent)})
    try:
        built = make(spec, values, defaults)
    except TemplateError as error:
        return str(error), error.captured, error.hint, list(values.known)
    fields = list((built.fields or {}).items())
    return built.method, built.url, fields, built.content, built.extensions, list(values.known)
