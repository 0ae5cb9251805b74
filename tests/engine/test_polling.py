"""A read repeated until something holds: as a list of answers and what is made of them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from synthmon.model.auth import ProfileAuth
from synthmon.model.journey import Poll
from synthmon.model.run import ExchangePurpose, FailureKind, Outcome, StepResult
from tests.engine.world import World, expect, from_json, probe, profile, routes, step, until

PAID = until({"$.status": "paid"})
DECLINED = until({"$.status": {"one_of": ["declined", "failed"]}})


def order(status: str) -> dict[str, str]:
    return {"status": status}


def polled(*answers: Any, plan: Poll | None = None, **more: Any) -> tuple[StepResult, World]:
    """One polling step whose requests get these answers, the last one repeated."""
    world = World(routes({"GET /": answers}))
    plan = plan or Poll(every=2.0, timeout=10.0, until=PAID, fail_if=DECLINED)
    return world.run(probe(step("wait", poll=plan, **more))).steps[0], world


def test_it_is_repeated_until_it_holds() -> None:
    result, world = polled(order("pending"), order("pending"), order("paid"))
    assert result.outcome is Outcome.PASSED
    assert [exchange.purpose for exchange in result.exchanges] == [ExchangePurpose.POLL] * 3
    assert world.clock.slept == [2.0, 2.0]


def test_nothing_is_waited_for_when_it_holds_at_once() -> None:
    result, world = polled(order("paid"))
    assert (result.outcome, world.clock.slept) == (Outcome.PASSED, [])


def test_what_is_expected_is_judged_once_on_the_last_answer() -> None:
    result, _ = polled(order("pending"), {"status": "paid", "total": 5}, expect=expect(200, json={"$.total": 6}))
    assert result.outcome is Outcome.FAILED
    assert [failure.kind for failure in result.failures] == [FailureKind.BODY]
    assert len(result.assertions) == 2


def test_captures_are_taken_from_the_last_answer() -> None:
    result, _ = polled(order("pending"), {"status": "paid", "id": 7}, captures=(from_json("id", "$.id"),))
    assert result.captured == {"id": "7"}


def test_it_gives_up_at_once_when_that_is_asked_for() -> None:
    result, world = polled(order("pending"), order("declined"), order("paid"))
    assert result.failures[0].kind is FailureKind.POLL
    assert result.failures[0].message == 'given up: $.status is "declined"'
    assert len(world.seen) == 2


def test_it_ends_with_its_timeout_and_says_what_came_last() -> None:
    result, world = polled(order("pending"))
    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.POLL)
    message = 'not reached within 10.0 s, after 5 attempts: $.status: expected "paid", came "pending"'
    assert result.failures[0].message == message
    assert len(world.seen) == 5
    assert result.evidence is not None


@pytest.mark.parametrize("status", [500, 502, 503, 404, 429])
def test_an_answer_that_is_none_yet_is_waited_out(status: int) -> None:
    result, _ = polled(httpx.Response(status), order("paid"))
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_transport_faults_are_waited_out(error: type[httpx.TransportError]) -> None:
    def fault(request: httpx.Request) -> httpx.Response:
        raise error("no luck", request=request)

    result, _ = polled(fault, order("paid"))
    assert result.outcome is Outcome.PASSED
    assert [exchange.failure is None for exchange in result.exchanges] == [False, True]


def test_a_fault_that_never_ends_is_told_by_the_last_one() -> None:
    def fault(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    result, _ = polled(fault)
    assert result.failures[0].kind is FailureKind.POLL
    assert result.failures[0].message == "not reached within 10.0 s, after 5 attempts: connection refused"


@pytest.mark.parametrize(("status", "kind"), [(401, FailureKind.AUTH), (403, FailureKind.STATUS)])
def test_refused_credentials_stop_it(status: int, kind: FailureKind) -> None:
    result, world = polled(httpx.Response(status), order("paid"))
    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, kind)
    assert len(world.seen) == 1


def test_each_attempt_has_the_steps_timeout_and_the_whole_has_its_own() -> None:
    world = World()
    deadlines = []

    def handle(request: httpx.Request) -> httpx.Response:
        deadlines.append(request.extensions["synthmon.deadline"] - world.clock.seconds)
        world.clock.advance(1)
        return httpx.Response(503)

    world.handler = handle
    plan = Poll(every=2.0, timeout=10.0, until=PAID)
    world.run(probe(step("wait", poll=plan, timeout=5.0)))
    assert deadlines == [5.0, 5.0, 4.0, 1.0]


def test_the_latency_is_that_of_the_slowest_attempt_and_held_against_the_budget() -> None:
    world = World()
    answers = iter([(0.1, "pending"), (1.5, "pending"), (0.2, "paid")])

    def handle(_request: httpx.Request) -> httpx.Response:
        seconds, status = next(answers)
        world.clock.advance(seconds)
        return httpx.Response(200, json=order(status))

    world.handler = handle
    plan = Poll(every=1.0, timeout=20.0, until=PAID)
    result = world.run(probe(step("wait", poll=plan, latency_budget=1.0))).steps[0]
    assert result.outcome is Outcome.DEGRADED
    assert result.latency == pytest.approx(1.5)


def test_waiting_counts_for_the_journey() -> None:
    world = World(routes({"GET /": (order("pending"), order("pending"), order("paid"))}))
    declared = probe(step("wait", poll=Poll(2.0, 20.0, PAID)), latency_budget=3.0)
    result = world.run(declared)
    assert result.outcome is Outcome.DEGRADED
    assert result.failures[0].message == "the journey took 4.00 s, budget 3.00 s"


def test_the_journeys_timeout_ends_it_too() -> None:
    world = World(routes({"GET /": order("pending")}))
    result = world.run(probe(step("wait", poll=Poll(2.0, 60.0, PAID)), timeout=7.0))
    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
    assert result.failures[0].message.startswith("the journey's timeout of 7.00 s was over while polling")


@pytest.mark.parametrize("cleaning", [False, True])
def test_a_stop_ends_it_also_in_cleanup_where_sleep_no_longer_waits(cleaning: bool) -> None:
    world = World()

    def handle(_request: httpx.Request) -> httpx.Response:
        world.stop.asked = True
        return httpx.Response(503)

    world.handler = handle
    waiting = step("wait", poll=Poll(2.0, 20.0, PAID))
    result = world.run(probe(cleanup=(waiting,)) if cleaning else probe(waiting))
    ended = result.cleanup[0] if cleaning else result.steps[0]
    assert (ended.outcome, ended.failures[0].kind) == (Outcome.ERROR, FailureKind.SHUTDOWN)
    assert len(world.seen) == 1


def test_a_poll_that_ran_out_of_time_during_a_stall_says_nothing_of_the_target() -> None:
    world = World(routes({"GET /": order("pending")}))
    world.stall.lag = 3.0
    result = world.run(probe(step("wait", poll=Poll(2.0, 10.0, PAID))))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.STALL)


def test_of_a_long_poll_the_first_and_the_last_exchanges_are_kept() -> None:
    result, world = polled(order("pending"), plan=Poll(0.1, 50.0, PAID))
    assert len(world.seen) > 400
    assert len(result.exchanges) == 100
    assert result.exchanges[0].offset == pytest.approx(0)
    assert result.exchanges[-1].offset > 49


def test_a_renewal_that_is_part_of_a_poll_happens_once() -> None:
    token = {"access_token": "a-token-of-some-length", "token_type": "bearer"}
    answers = {"POST /token": token, "GET /": (order("pending"), order("paid"))}
    world = World(routes(answers), {"client_secret": "client-secret"})
    waiting = step("wait", poll=Poll(2.0, 20.0, PAID), auth=ProfileAuth("partner", renew=True))
    assert world.run(probe(waiting, profiles=(profile(),))).outcome is Outcome.PASSED
    assert [seen.url.path for seen in world.seen] == ["/token", "/", "/"]
