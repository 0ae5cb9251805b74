"""What targets are told of a run's trace: each request a span of its own, which whoever knows the run can work out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import httpx
from hypothesis import given
from hypothesis import strategies as st

from synthmon.model import trace
from synthmon.model.run import FailureKind, RunKey, RunKind
from tests.engine.test_retrying import fault, retried, scripted
from tests.engine.world import World, probe, request, routes, step


def spans(world: World) -> list[str]:
    return [asked.headers["traceparent"].split("-")[2] for asked in world.seen]


def test_every_request_on_the_wire_has_the_span_that_follows_from_the_run() -> None:
    moved = httpx.Response(302, headers={"location": "/there"})
    world = World(handler=routes({"GET /a": moved, "GET /there": {}, "GET /b": {}}))
    run = world.run(
        probe(step("a", request=request("GET", "/a", redirects=1)), step("b", request=request("GET", "/b")))
    )
    assert {run.trace_id} == {asked.headers["traceparent"].split("-")[1] for asked in world.seen}
    assert trace.trace_id(run.id) == run.trace_id
    expected = [(step.id, number) for step in run.steps for number in range(len(step.exchanges))]
    assert [("a", 0), ("a", 1), ("b", 0)] == expected
    assert [trace.exchange_span(run.id, *one) for one in expected] == spans(world)


def test_attempts_are_told_apart_and_every_span_is_an_exchange() -> None:
    world = scripted(fault(FailureKind.CONNECT), 502, 201)
    run = world.run(probe(retried()))
    assert [trace.exchange_span(run.id, run.steps[0].id, number) for number in range(3)] == spans(world)
    assert 3 == len(run.steps[0].exchanges)


def test_a_probe_that_must_not_tell_tells_nothing_and_its_run_has_no_trace() -> None:
    world = World()
    run = world.run(replace(probe(step("a")), traced=False))
    assert (None, ["traceparent" in asked.headers for asked in world.seen]) == (run.trace_id, [False])


def test_a_header_of_the_probes_own_stays() -> None:
    own = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    world = World()
    world.run(probe(step("a", request=request(headers={"Traceparent": own}))))
    assert [own] == [asked.headers["traceparent"] for asked in world.seen]


def test_ids_are_such_as_the_standard_wants() -> None:
    run = "9b2f4c1e-6f0a-5d55-8f36-3d1a5a2d9a11"
    ids = {trace.root_span(run), trace.step_span(run, "a"), trace.exchange_span(run, "a", 0)}
    assert 3 == len(ids)
    assert all(len(one) == 16 and int(one, 16) for one in ids)
    assert trace.exchange_span(run, "a", 0) == trace.exchange_span(run, "a", 0)
    assert trace.step_span(run, "tidy") != trace.step_span(run, trace.leftover_place(run, "tidy"))


@given(st.text(max_size=20), st.datetimes(timezones=st.just(UTC)), st.sampled_from(RunKind))
def test_a_runs_trace_has_the_digits_of_its_id(name: str, slot: datetime, kind: RunKind) -> None:
    key = RunKey("test", name, "eu-west", slot, kind, 3)
    assert trace.trace_id(key.id) == UUID(key.id).hex
