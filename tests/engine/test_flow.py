"""The flow of a journey: steps that are made only if, steps that may fail, what a block sees."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from synthmon import wire
from synthmon.cli.junit import to_junit
from synthmon.model.auth import BearerAuth
from synthmon.model.journey import Input, Step
from synthmon.model.run import FailureKind, Outcome, RunResult
from synthmon.model.text import Template
from synthmon.reports.figures.latency import step_figures
from tests.engine.world import HERE, World, expect, from_json, probe, request, routes, step, text, tree


def only_if(one: Step, *conditions: str) -> Step:
    parsed = [text(f"${{{{ {condition} }}}}") for condition in conditions]
    return replace(one, conditions=tuple(condition for condition in parsed if isinstance(condition, Template)))


def handed(one: Step, **values: Any) -> Step:
    return replace(
        one, block="blocks/a.yaml", inputs={name: Input(tree(value), HERE) for name, value in values.items()}
    )


def outcomes(result: RunResult) -> list[str]:
    return [one.outcome.value for one in result.steps]


def test_a_step_whose_condition_is_false_is_skipped_with_it_and_the_run_goes_on() -> None:
    world = World()
    result = world.run(probe(only_if(step("a"), "vars.x == 2"), step("b"), variables={"x": 1}))

    assert result.outcome is Outcome.PASSED
    assert outcomes(result) == ["skipped", "passed"]
    assert result.steps[0].skipped_because == "its `if` is false: vars.x == 2"
    assert len(world.seen) == 1


def test_every_condition_must_be_true() -> None:
    declared = probe(
        only_if(step("a"), "true", "vars.x"), only_if(step("b"), "true", "not vars.x"), variables={"x": True}
    )

    assert outcomes(World().run(declared)) == ["passed", "skipped"]


def test_what_needs_a_capture_of_a_skipped_step_is_skipped_and_says_so() -> None:
    declared = probe(
        only_if(step("a", captures=(from_json("v", "$.v"),)), "false"),
        step("b", "/${{ captures.v }}", captures=(from_json("w", "$.w"),)),
        only_if(step("c"), "captures.w == 1"),
        step("d", "/${{ default(captures.v, 7) }}"),
        cleanup=(step("e", "/${{ captures.v }}", "DELETE"), only_if(step("f"), "default(captures.v, null) != null")),
    )
    world = World()
    result = world.run(declared)

    assert result.outcome is Outcome.PASSED
    assert outcomes(result) == ["skipped", "skipped", "skipped", "passed"]
    assert [one.skipped_because for one in result.steps[1:3]] == [
        "nothing to go on with: `captures.v` was never captured",
        "its `if` cannot be told: `captures.w` was never captured",
    ]
    assert [one.skipped_because for one in result.cleanup] == [
        "nothing to clean up: `captures.v` was never captured",
        "its `if` is false: default(captures.v, null) != null",
    ]
    assert [request.url.path for request in world.seen] == ["/7"]


@pytest.mark.parametrize(
    ("condition", "kind", "outcome"),
    [
        ("vars.x", FailureKind.TEMPLATE, Outcome.ERROR),
        ("vars.x.y", FailureKind.TEMPLATE, Outcome.ERROR),
        ("captures.v", FailureKind.CAPTURE, Outcome.FAILED),
        ("captures.v.w", FailureKind.CAPTURE, Outcome.FAILED),
        ("secrets.none == 1", FailureKind.SECRET, Outcome.ERROR),
    ],
)
def test_a_condition_that_is_neither_true_nor_false_is_no_skip(
    condition: str, kind: FailureKind, outcome: Outcome
) -> None:
    declared = probe(
        step("a", captures=(from_json("v", "$.v"),)), only_if(step("b"), condition), variables={"x": "yes"}
    )
    result = World(routes({"GET /": {"v": "no"}})).run(declared)

    assert (result.outcome, result.failures[0].kind, result.failed_step) == (outcome, kind, "b")


def test_nothing_is_decided_after_the_run_broke() -> None:
    result = World(lambda _request: httpx.Response(500)).run(probe(step("a"), only_if(step("b"), "vars.none")))

    assert outcomes(result) == ["failed", "skipped"]
    assert result.steps[1].skipped_because == "`a` failed before it"


# Steps that may fail


def test_a_step_that_may_fail_does_not_fail_the_run_and_is_shown() -> None:
    declared = probe(
        step("a", allow_failure=True, captures=(from_json("v", "$.v"),)),
        step("b", "/b"),
        step("c", "/${{ captures.v }}"),
    )
    result = World(routes({"GET /": httpx.Response(500), "GET /b": {}})).run(declared)

    assert (result.outcome, result.failures, result.failed_step) == (Outcome.PASSED, (), None)
    assert outcomes(result) == ["failed", "passed", "skipped"]
    assert [one.excused for one in result.steps] == [True, False, False]
    assert result.steps[0].failures[0].kind is FailureKind.STATUS
    assert result.steps[0].evidence is not None
    assert wire.from_json(wire.loads(wire.dumps(wire.to_json(result)))) == result


def test_nor_does_its_slowness_degrade_the_run() -> None:
    world = World()
    world.handler = lambda _request: _after(world, 2.0)
    result = world.run(probe(step("a", latency_budget=1.0, allow_failure=True)))

    assert (result.outcome, outcomes(result)) == (Outcome.PASSED, ["degraded"])
    assert result.steps[0].excused


def test_our_own_error_and_the_end_of_the_run_are_not_excused() -> None:
    world = World()
    world.handler = lambda _request: _after(world, 11.0)
    late = world.run(probe(step("a", allow_failure=True), timeout=10.0))
    ours = World().run(probe(step("a", auth=BearerAuth(text("${{ secrets.none }}")), allow_failure=True)))

    assert (late.outcome, late.failed_step) == (Outcome.FAILED, "a")
    assert (ours.outcome, ours.failed_step) == (Outcome.ERROR, "a")


def test_a_cleanup_step_that_may_fail_leaves_a_clean_run() -> None:
    answers = routes({"GET /": {}, "DELETE /": httpx.Response(500)})
    strict = World(answers).run(probe(step("a"), cleanup=(step("tidy", "/", "DELETE"),)))
    lenient = World(answers).run(probe(step("a"), cleanup=(step("tidy", "/", "DELETE", allow_failure=True),)))

    assert (strict.cleanup_failed, lenient.cleanup_failed) == (True, False)


def test_a_build_stays_green_and_a_report_counts_what_was_allowed() -> None:
    result = World(lambda _request: httpx.Response(500)).run(probe(step("a", allow_failure=True)))
    figures = step_figures([result])["a"]

    assert 'failures="0"' in to_junit([result])
    assert "<failure" not in to_junit([result])
    assert (figures.outcomes[Outcome.FAILED], figures.excused) == (1, 1)


def _after(world: World, seconds: float) -> httpx.Response:
    world.clock.advance(seconds)
    return httpx.Response(200)


# Blocks


def test_a_block_sees_what_the_step_hands_in_once_for_all_of_it() -> None:
    block = step(
        "a", request=request("POST", "/${{ inputs.id }}", json={"id": "${{ inputs.id }}", "n": "${{ inputs.n }}"})
    )
    world = World()
    world.run(probe(handed(block, id="${{ uuid() }}", n="${{ vars.n }}"), variables={"n": 5}))

    sent = world.seen[0]
    assert sent.content == f'{{"id":"{sent.url.path[1:]}","n":5}}'.encode()
    assert len(sent.url.path) == 37


def test_two_uses_of_a_block_do_not_see_each_others_inputs() -> None:
    block = step("a", "/${{ inputs.id }}")
    world = World()
    world.run(probe(handed(block, id="one"), handed(replace(block, id="b"), id="two")))

    assert [request.url.path for request in world.seen] == ["/one", "/two"]


@pytest.mark.parametrize(
    ("value", "outcome"), [("${{ captures.v }}", Outcome.FAILED), ("${{ vars.v }}", Outcome.ERROR)]
)
def test_an_input_of_the_wrong_type_is_the_targets_fault_only_if_it_came_from_there(
    value: str, outcome: Outcome
) -> None:
    typed = replace(step("b", "/${{ inputs.v }}"), inputs={"v": Input(tree(value), HERE, kind="integer")})
    declared = probe(step("a", captures=(from_json("v", "$.v"),)), typed, variables={"v": "x"})
    result = World(routes({"GET /": {"v": "x"}})).run(declared)

    assert (result.outcome, result.failed_step) == (outcome, "b")
    assert "the input `v` takes an integer, and this is text of 1 character" in result.failures[0].message


def test_a_captured_value_handed_in_never_chooses_the_host() -> None:
    there = handed(step("b", request=request("GET", "${{ inputs.where }}")), where="${{ captures.v }}")
    world = World(routes({"GET /": {"v": "https://elsewhere.example/x"}}))
    result = world.run(probe(step("a", captures=(from_json("v", "$.v"),)), there))

    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.TEMPLATE)
    assert len(world.seen) == 1


@pytest.mark.parametrize(
    ("value", "written"), [(94738201, "94738201"), (["s3cr3t-c0de"], "s3cr3t-c0de"), ({"pin": 947382.5}, "947382.5")]
)
def test_a_secret_input_that_is_no_text_is_shown_nowhere_either(value: Any, written: str) -> None:
    block = step("a", request=request("POST", "/", json={"code": "${{ inputs.code }}"}), expect=expect(201))
    declared = probe(
        replace(block, inputs={"code": Input(tree("${{ vars.code }}"), HERE, secret=True)}), variables={"code": value}
    )
    world = World(lambda sent: httpx.Response(200, content=sent.content))
    result = world.run(declared)

    assert json.loads(world.seen[0].content) == {"code": value}
    assert written not in wire.dumps(wire.to_json(result)).decode()


def test_a_secret_input_is_shown_nowhere_whatever_it_was_made_from() -> None:
    block = step("a", request=request("POST", "/", json={"code": "${{ inputs.code }}"}), expect=expect(201))
    declared = probe(
        replace(block, inputs={"code": Input(tree("${{ vars.code }}"), HERE, secret=True)}),
        variables={"code": "s3cr3t-c0de"},
    )
    world = World(lambda sent: httpx.Response(200, content=sent.content))
    result = world.run(declared)

    assert b"s3cr3t-c0de" in world.seen[0].content
    assert b"s3cr3t-c0de" not in wire.dumps(wire.to_json(result))
    assert "‹inputs.code›" in wire.dumps(wire.to_json(result)).decode()
