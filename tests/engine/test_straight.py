"""A step in a straight line finds what the careful way finds, and a defect in it is the fault of nobody else."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthmon.engine import walk
from synthmon.engine.straight import straight
from synthmon.model.answer import CaptureFrom
from synthmon.model.auth import BearerAuth
from synthmon.model.journey import Poll, Retry, Step
from synthmon.model.probe import Probe
from synthmon.model.run import FailureKind, Outcome
from tests.engine.world import World, expect, from_json, probe, request, step, text, until

ANSWERS = ("good", "bad", "no json", "slow", "late", "gone", "away", "cookie", "lag", "stopping")
REQUESTS: tuple[dict[str, Any], ...] = (
    {},
    {"redirects": 1},
    {"method": "POST", "json": {"v": "${{ captures.v }}", "key": "${{ secrets.key }}"}},
    {"method": "POST", "json": {"v": "${{ uuid() }} ${{ vars.gone }}"}},
    {"method": "POST", "json": {"code": "${{ totp(secrets.seed) }}", "next": "${{ totp(secrets.seed) }}"}},
    {"url": "/${{ captures.v }}"},
    {"url": "/${{ captures.never }}"},
    {"headers": {"X-One": "${{ secrets.none }}"}},
)
AUTHS = (None, "abc", "${{ captures.v }}", "${{ captures.s }}", "${{ secrets.key }}", "a\nb")
CAPTURES = (
    (),
    (from_json("v", "$.n"), from_json("c", "$.s", secret=True)),
    (from_json("v", "$.v"), from_json("s", "$.none")),
    (replace(from_json("c", "session"), origin=CaptureFrom.COOKIE),),
)
OTHERWISE: tuple[dict[str, Any], ...] = (
    {},
    {"latency_budget": 0.5},
    {"hard_budget": 0.5},
    {"allow_failure": True},
    {"warn": until({"$.v": "other"})},
    {"phase_budgets": (("total", 0.5),)},
    {"retry": Retry(2, 1.0)},
    {"poll": Poll(1.0, 3.0, until({"$.v": "one"}), until({"$.v": "two"}))},
    {"conditions": (text("${{ 1 == 2 }}"),)},
)
EXPECTED = (expect(200), until({"$.v": "one"}), until({"$.n": {"more_than": 7}}))
STEPS = st.tuples(*map(st.sampled_from, (REQUESTS, AUTHS, CAPTURES, EXPECTED, OTHERWISE)))
USUAL = (REQUESTS[0], AUTHS[0], CAPTURES[0], EXPECTED[0], OTHERWISE[0])


@pytest.mark.parametrize("kind", ANSWERS)
def test_whatever_is_declared_and_answered_both_ways_send_and_find_the_same(kind: str) -> None:
    for place, others in enumerate((REQUESTS, AUTHS, CAPTURES, EXPECTED, OTHERWISE)):
        for other in others:
            held_together(
                [(*USUAL[:place], other, *USUAL[place + 1 :])], ["good", kind, "good", "good"], cleans=kind == "bad"
            )


@given(
    st.lists(STEPS, max_size=3),
    st.lists(st.sampled_from(ANSWERS), min_size=4, max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_several_of_it_together_make_no_difference_either(
    steps: list[Any], answers: list[str], redacts: bool, cleans: bool
) -> None:
    held_together(steps, answers, redacts=redacts, cleans=cleans)


def test_what_is_redacted_is_hidden_either_way() -> None:
    held_together([(*USUAL[:3], EXPECTED[1], USUAL[4])], ["good"] * 4, redacts=True)


def held_together(steps: list[Any], answers: list[str], *, redacts: bool = False, cleans: bool = False) -> None:
    """Steps between one that captures what they need, and one that is as most are."""
    taking = step("first", captures=(from_json("v", "$.v"), from_json("s", "$.s", secret=True)))
    made = [
        step(
            f"s{number}",
            request=request(**asked),
            auth=None if token is None else BearerAuth(text(token)),
            captures=captures,
            expect=expected,
            timeout=5.0,
            **more,
        )
        for number, (asked, token, captures, expected, more) in enumerate(steps)
    ]
    last = step("last", "/last", captures=(replace(from_json("b", "session"), origin=CaptureFrom.COOKIE),))
    cleanup = (step("tidy", "/${{ captures.v }}", "DELETE"), step("too", "/${{ captures.c }}")) if cleans else ()
    redacted = ("$.v",) if redacts else ()
    declared = probe(taking, *made, last, timeout=15.0, redact_json=redacted, cleanup=cleanup)
    quick = outcome(declared, answers)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "straight", lambda *_given: None)
        assert quick == outcome(declared, answers)


def outcome(declared: Probe, answers: list[str]) -> object:
    """The result, what was sent, how long was waited, and which secrets were told the target."""
    world = World(secrets={"key": "s3cret-valu&", "seed": "JBSWY3DPEHPK3PXP"})
    left = iter([*answers, *answers, *answers])

    def answer(_request: httpx.Request) -> httpx.Response:
        kind = next(left, "good")
        world.stall.lag = 3.0 if kind == "lag" else 0.0
        world.clock.advance({"slow": 1.0, "late": 6.0}.get(kind, 0.125))
        world.stop.asked = kind == "stopping"
        if kind == "gone":
            raise httpx.ConnectError("refused")
        if kind == "away":
            return httpx.Response(302, headers={"Location": "http://elsewhere.test/"})
        headers = {"Set-Cookie": "session=0123456789abcdef0"} if kind == "cookie" else {}
        if kind == "no json":
            return httpx.Response(200, text="s3cret-valu&", headers=headers)
        status = 401 if kind == "bad" else 200
        return httpx.Response(status, json={"v": "one", "n": 7, "s": "a-token-of-theirs"}, headers=headers)

    world.handler = answer
    result = world.run(declared)
    sent = [(one.method, str(one.url), one.headers.multi_items(), one.content) for one in world.seen]
    told = world.tokens.told(declared.name, declared.regions[0].name)
    return result, sent, world.clock.slept, [(secret.name, secret.reveal()) for secret in told]


def test_every_property_of_a_step_is_thought_of() -> None:
    asked_about = {"poll", "retry", "conditions", "inputs", "allow_failure", "tls", "warn", "phase_budgets", "auth"}
    taken = {"id", "name", "request", "expect", "captures", "timeout", "latency_budget", "hard_budget"}
    only_told_of_failures = {"source", "block"}
    assert {field.name for field in fields(Step)} == asked_about | taken | only_told_of_failures


def test_most_steps_go_straight_and_what_breaks_one_of_them_ends_the_journey(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bool] = []

    def seen(*given: Any) -> Any:
        result = straight(*given)
        found.append(result is not None)
        return result

    monkeypatch.setattr(walk, "straight", seen)
    bearing = step("b", auth=BearerAuth(text("${{ captures.v }}")), latency_budget=9.0)
    other = step("c", retry=Retry(2))
    world = World(lambda asked: httpx.Response(500 if asked.url.path == "/d" else 200, json={"v": "one"}))
    result = world.run(probe(step("a", captures=(from_json("v", "$.v"),)), bearing, other, step("d", "/d"), step("e")))
    assert found == [True, True, False, True]
    outcomes = [Outcome.PASSED, Outcome.PASSED, Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED]
    assert [one.outcome for one in result.steps] == outcomes


@pytest.mark.parametrize("place", ["usually", "show_bearer", "held", "shape_of", "capture.take", "Reply"])
def test_a_defect_in_a_straight_line_is_internal_names_its_step_and_ends_the_journey(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def broken(*given: Any, **_named: Any) -> Any:
        raise KeyError("x")

    monkeypatch.setattr(f"synthmon.engine.straight.{place}", broken)
    bearing = step("b", auth=BearerAuth("t"), captures=(from_json("v", "$.v"),))
    world = World(lambda _request: httpx.Response(200, json={"v": 1}))
    result = world.run(probe(step("a", retry=Retry(2)), bearing, step("c")))
    assert [one.outcome for one in result.steps] == [Outcome.PASSED, Outcome.ERROR, Outcome.SKIPPED]
    assert (result.failed_step, result.failures[0].kind) == ("b", FailureKind.INTERNAL)
