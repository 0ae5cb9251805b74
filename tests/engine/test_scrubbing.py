"""Whatever a run does with its secrets, none of them is in its result."""

from __future__ import annotations

import base64
import html
import json
from dataclasses import replace
from urllib.parse import quote, quote_plus

import httpx
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.engine.cleaned import LONGEST, cleaned
from synthmon.model.answer import Capture, CaptureFrom
from synthmon.model.auth import BasicAuth, BearerAuth, ProfileAuth
from synthmon.model.secret import Scrubber, Secret
from synthmon.wire.run import to_json
from tests.engine.world import HERE, World, expect, from_json, matcher, probe, profile, request, step, text

# Long enough that a hit is no accident, of characters that every form escapes differently.
VALUES = st.text(st.sampled_from("aZ9 /+=&?%\"'\\<>é漢😀\n\t.…-_~"), min_size=12, max_size=40).filter(
    lambda value: value.strip() == value
)


def forms(value: str) -> list[str]:
    data = value.encode()
    plain = [value, quote(value, safe=""), quote(value), quote_plus(value), json.dumps(value)[1:-1]]
    plain += [json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value)]
    return [*plain, base64.b64encode(data).decode(), base64.b64encode(b"ada:" + data).decode()]


def echo_of_everything(seen: httpx.Request) -> httpx.Response:
    """An answer that gives back all it got, in every form; its status is none that anybody expects."""
    told = [str(seen.url), seen.content.decode(), *(value for _, value in seen.headers.items())]
    if seen.url.path == "/token":
        return httpx.Response(200, json={"access_token": "granted-token-0123456789", "token_type": "bearer"})
    if seen.url.path == "/session":
        return httpx.Response(
            201, json={"token": "captured-token-0123456789"}, headers={"Set-Cookie": "sid=session-0123456789; Path=/"}
        )
    told += [base64.b64encode(piece.encode()).decode() for piece in told] + [quote(piece) for piece in told]
    told += [html.escape(piece) for piece in told]
    return httpx.Response(
        418, json={"told": told, "long": "x" * 90 + " ".join(told)}, headers={"X-Echo": quote(" ".join(told))[:4000]}
    )


@settings(max_examples=60, deadline=None)
@given(first=VALUES, second=VALUES)
def test_no_secret_in_any_form_is_in_the_wire_form_of_a_result(first: str, second: str) -> None:
    world = World(echo_of_everything, {"first": first, "second": second, "client_secret": "client-secret-0123456789"})
    login = step(
        "log_in",
        request=request("POST", "/session", json={"password": "${{ secrets.first }}"}),
        captures=(from_json("token", "$.token", secret=True), Capture("sid", CaptureFrom.COOKIE, "sid", HERE)),
    )
    uses = (
        step("path", request=request("POST", "/x/${{ secrets.first }}", json={"a": "${{ secrets.second }}"})),
        step("query", request=request(url="/q", params={"k": "${{ secrets.first }}", "s": "${{ captures.sid }}"})),
        step("form", request=request("POST", "/f", form={"k": "${{ secrets.second }}"})),
        step("raw", request=request("POST", "/r", raw="<${{ secrets.first }}${{ secrets.second }}>")),
        step("derived", request=request(headers={"X-Key": "${{ base64(secrets.first) }}"})),
        step("basic", "/b", auth=BasicAuth("ada", text("${{ secrets.second }}"))),
        step("bearer", "/t", auth=BearerAuth(text("${{ captures.token }}"))),
        step("oauth", "/o", auth=ProfileAuth("partner")),
        step("shown", expect=expect(418, json={"$.long": {"contains": "${{ secrets.second }}"}})),
        step("told", expect=expect(418, json={"$.told": {"any": {"equals": "${{ secrets.first }}"}}})),
        step("text", expect=expect(418, text=(matcher({"contains": "${{ secrets.first }}"}),))),
    )
    tokens = ["client-secret-0123456789", "granted-token-0123456789", "captured-token-0123456789", "session-0123456789"]
    for use in uses:
        result = world.run(
            probe(login, use, cleanup=(step("tidy", "/tidy/${{ captures.token }}"),), profiles=(profile(),))
        )
        written = json.dumps(to_json(result), ensure_ascii=False), json.dumps(to_json(result))
        for secret in (first, second, *tokens):
            for form in forms(secret):
                escaped = json.dumps(form, ensure_ascii=False)[1:-1], json.dumps(form)[1:-1]
                assert not any(piece in whole for piece in (form, *escaped) for whole in written), (use.id, form)


def test_a_secret_that_is_cut_where_a_text_was_shortened_is_masked_too() -> None:
    secret = "correct-horse-battery-staple"
    for before in range(90, 125):
        body = {"long": "x" * before + secret}
        world = World(lambda _request, body=body: httpx.Response(200, json=body), {"key": secret})  # type: ignore[misc]
        use = step("a", request=request(headers={"X": "${{ secrets.key }}"}), expect=expect(json={"$.long": "short"}))
        told = repr(world.run(probe(use)))
        assert "correct" not in told


def test_a_secret_that_becomes_known_later_is_masked_in_what_was_found_before() -> None:
    answers = iter(
        [httpx.Response(200, json={"n": "late-secret-value"}), httpx.Response(200, json={"t": "late-secret-value"})]
    )
    world = World(lambda _request: next(answers))
    declared = probe(
        step("a", captures=(from_json("n", "$.n"),)), step("b", captures=(from_json("t", "$.t", secret=True),))
    )
    assert world.run(declared).steps[0].captured == {"n": '"‹captures.t›"'}


def test_what_earlier_runs_told_a_target_is_masked_though_this_one_breaks_before_it_tells_anything() -> None:
    def handle(seen: httpx.Request) -> httpx.Response:
        if seen.url.path == "/session" and not world.clock.slept:
            return httpx.Response(201, json={"token": "captured-token-0123456789"})
        told = "captured-token-0123456789, granted-token-0123456789 and api-key-0123456789 are still in use"
        return httpx.Response(409, text=told)

    world = World(handle, {"key": "api-key-0123456789"})
    login = step("log_in", request=request("POST", "/session"), captures=(from_json("token", "$.token", secret=True),))
    use = step("a", "/a/${{ captures.token }}/${{ secrets.key }}")
    declared = replace(probe(login, use), secrets=("key",))
    world.run(declared)
    world.clock.sleep(60)
    evidence = world.run(declared).steps[0].evidence
    assert evidence is not None
    assert evidence.response_body == "‹captures.token›, granted-token-0123456789 and ‹secrets.key› are still in use"


def test_a_session_cookie_is_masked_wherever_it_comes_back() -> None:
    def handle(seen: httpx.Request) -> httpx.Response:
        if seen.url.path == "/in":
            return httpx.Response(200, headers={"Set-Cookie": "sid=0123456789abcdef; Path=/"})
        return httpx.Response(500, text=f"bad session {seen.headers['Cookie']}")

    result = World(handle).run(probe(step("in", "/in"), step("a")))
    assert result.steps[1].evidence is not None
    assert result.steps[1].evidence.response_body == "bad session sid=‹cookies.sid›"


def test_what_cannot_be_stored_is_replaced_and_what_is_endless_is_cut() -> None:
    world = World(lambda _request: httpx.Response(200, json={}))
    result = world.run(probe(step("a")))
    odd = replace(result, reason="a\0b\ud800c", steps=(replace(result.steps[0], skipped_because="x" * 9000),))
    clean = cleaned(odd, Scrubber(()))
    assert clean.reason == "a␀b\ufffdc"
    assert clean.steps[0].skipped_because == "x" * LONGEST + "…"
    json.dumps(to_json(clean), ensure_ascii=False).encode()


def test_names_of_the_declaration_are_left_alone_even_if_a_secret_is_called_the_same() -> None:
    world = World(lambda _request: httpx.Response(500), {"key": "checkout"})
    result = world.run(probe(step("checkout", request=request(headers={"X": "${{ secrets.key }}"}))))
    assert result.failed_step == result.steps[0].id == "checkout"


def test_the_log_of_a_defect_holds_no_secret() -> None:
    class Poisoned(Exception):
        def __str__(self) -> str:
            return "a secret of the run: hunter2-hunter2"

    world = World(secrets={"key": "hunter2-hunter2"})

    def handle(_request: httpx.Request) -> httpx.Response:
        raise Poisoned

    world.handler = handle
    with structlog.testing.capture_logs() as logs:
        world.run(probe(step("a", request=request(headers={"X": "${{ secrets.key }}"}))))
    assert [entry["event"] for entry in logs] == ["run.internal_error"]
    assert "hunter2" not in repr(logs)
    assert "‹secrets.key›" in repr(logs)


def test_two_results_without_secrets_are_the_same_object_before_and_after() -> None:
    result = World().run(probe(step("a")))
    assert cleaned(result, Scrubber([Secret("s", "not in there")])) is result
