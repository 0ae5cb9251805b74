"""A step that is tried again: after what, how often, with what, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from synthmon.engine.fault import TransportFault, Wire
from synthmon.engine.retrying import asked_wait
from synthmon.engine.walk import walk
from synthmon.model.answer import StatusRange
from synthmon.model.auth import ProfileAuth
from synthmon.model.journey import Retry, RetryCause, Step
from synthmon.model.probe import Probe
from synthmon.model.request import Body, BodyKind
from synthmon.model.run import ExchangePurpose, Failure, FailureKind, Outcome, Phases, RunKey, RunKind
from tests.engine.world import (
    BASE,
    SLOT,
    World,
    expect,
    from_json,
    matchers,
    probe,
    profile,
    request,
    routes,
    step,
    tree,
)

PLAN = Retry(3)


def scripted(*answers: int | Exception | Callable[[httpx.Request], httpx.Response]) -> World:
    """A target that answers with these statuses, or fails so, one after the other, the last one for ever."""
    world = World()
    left = list(answers)

    def handle(asked: httpx.Request) -> httpx.Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer) if isinstance(answer, int) else answer(asked)

    world.handler = handle
    return world


def retried(plan: Retry = PLAN, **more: Any) -> Step:
    return step("pay", "/pay", retry=plan, **more)


def fault(kind: FailureKind) -> TransportFault:
    return TransportFault(Failure(kind, f"{kind} is broken"), Wire(Phases(total=0.1)))


def test_an_answer_at_the_first_attempt_is_no_retry() -> None:
    world = scripted(200)
    run = world.run(probe(retried()))
    assert (run.outcome, run.flaky, run.steps[0].attempts) == (Outcome.PASSED, False, 1)
    assert (len(world.seen), world.clock.slept) == (1, [])


def test_what_passes_at_the_second_attempt_is_flaky_and_shows_both() -> None:
    world = scripted(503, 200)
    run = world.run(probe(retried()))
    assert (run.outcome, run.flaky, run.failures) == (Outcome.PASSED, True, ())
    told = [(one.purpose, one.attempt, one.status) for one in run.steps[0].exchanges]
    assert told == [(ExchangePurpose.REQUEST, 1, 503), (ExchangePurpose.RETRY, 2, 200)]
    assert world.clock.slept == [1.0]


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        *(
            (kind, RetryCause.CONNECTION_ERROR)
            for kind in ("dns", "connect", "tls", "protocol", "resolver", "resource")
        ),
        ("timeout", RetryCause.TIMEOUT),
    ],
)
def test_a_fault_is_tried_again_for_if_it_is_listed(kind: str, cause: RetryCause) -> None:
    for listed in RetryCause:
        world = scripted(fault(FailureKind(kind)), 200)
        run = world.run(probe(retried(replace(PLAN, causes=frozenset({listed}), statuses=()))))
        assert run.flaky is (listed is cause)
        assert run.outcome.good is (listed is cause)


@pytest.mark.parametrize("kind", ["too_large", "decode", "redirect"])
def test_an_answer_that_came_and_is_no_good_is_not_asked_for_again(kind: str) -> None:
    world = scripted(fault(FailureKind(kind)), 200)
    assert world.run(probe(retried())).outcome is Outcome.FAILED
    assert len(world.seen) == 1


@pytest.mark.parametrize(
    ("status", "times"), [(500, 1), (501, 1), (502, 3), (503, 3), (504, 3), (505, 1), (429, 1), (404, 1), (302, 1)]
)
def test_only_listed_statuses_are_tried_again_for(status: int, times: int) -> None:
    world = scripted(status)
    run = world.run(probe(retried()))
    assert (run.outcome, len(world.seen), run.flaky) == (Outcome.FAILED, times, False)
    assert run.failures[0].kind is FailureKind.STATUS
    assert run.failures[0].message.endswith("(attempt 3 of 3)") is (times == 3)


def test_an_assertion_that_does_not_hold_is_never_tried_again() -> None:
    world = scripted(lambda _: httpx.Response(200, json={"status": "declined"}))
    run = world.run(probe(retried(expect=expect(200, json={"$.status": "paid"}))))
    assert (run.failures[0].kind, len(world.seen)) == (FailureKind.BODY, 1)


def test_an_assertion_of_the_second_answer_that_does_not_hold_fails_and_is_not_flaky() -> None:
    world = scripted(503, lambda _: httpx.Response(200, json={"status": "declined"}))
    run = world.run(probe(retried(expect=expect(200, json={"$.status": "paid"}))))
    assert (run.failures[0].kind, run.flaky, len(world.seen)) == (FailureKind.BODY, False, 2)
    assert run.failures[0].message.endswith("(attempt 2 of 3)")


def test_a_status_that_the_step_expects_is_not_tried_again_for() -> None:
    world = scripted(503)
    assert world.run(probe(retried(expect=expect(503)))).outcome is Outcome.PASSED
    assert len(world.seen) == 1


def test_every_attempt_sends_the_same_body_and_key_and_has_a_span_of_its_own() -> None:
    world = scripted(fault(FailureKind.CONNECT), 502, 201)
    spec = request("POST", "/pay", json={"reference": "${{ uuid() }}"}, idempotency_header="Idempotency-Key")
    run = world.run(probe(step("pay", request=spec, retry=PLAN)))
    assert run.flaky
    bodies, keys, spans = (
        {asked.content for asked in world.seen},
        {asked.headers["Idempotency-Key"] for asked in world.seen},
        {asked.headers["traceparent"] for asked in world.seen},
    )
    assert (len(world.seen), len(bodies), len(keys), len(spans)) == (3, 1, 1, 3)


def test_a_key_is_the_same_for_a_step_in_a_run_and_another_for_other_steps_and_runs() -> None:
    spec = request("POST", "/pay", idempotency_header="X-Key")
    declared = probe(step("pay", request=spec), step("again", request=spec))

    def keys(slot_of: World) -> list[str]:
        slot_of.run(declared)
        return [asked.headers["X-Key"] for asked in slot_of.seen]

    first, same = keys(World()), keys(World())
    other = World()
    other_keys = _keys_of_another_slot(other, declared)
    assert first == same
    assert len({*first, *other_keys}) == 4


def _keys_of_another_slot(world: World, declared: Probe) -> list[str]:
    key = RunKey("test", "shop", "local", SLOT, RunKind.CONFIRM, 1)
    walk(declared, key, declared.regions[0], world.surroundings, httpx.MockTransport(world._answer))
    return [asked.headers["X-Key"] for asked in world.seen]


def test_each_attempt_has_a_timeout_and_a_budget_of_its_own() -> None:
    world = World()
    times = iter([6.0, 4.0])  # the first is beyond the timeout, the second within the budget

    def handle(_: httpx.Request) -> httpx.Response:
        world.clock.advance(next(times))
        return httpx.Response(200)

    world.handler = handle
    run = world.run(probe(retried(timeout=5.0, latency_budget=4.0)))
    assert (run.outcome, run.flaky, run.steps[0].latency) == (Outcome.PASSED, True, 4.0)
    assert run.latency == 11.0  # of the journey: both attempts and the wait between them


def test_a_slow_second_attempt_is_degraded_and_names_its_own_phases() -> None:
    world = scripted(503, 200)
    answer = world.handler

    def slow(asked: httpx.Request) -> httpx.Response:
        world.clock.advance(0.5)
        return answer(asked)

    world.handler = slow
    run = world.run(probe(retried(latency_budget=0.4)))
    assert (run.outcome, run.flaky) == (Outcome.DEGRADED, True)
    assert run.failures[0].message == "took 500 ms, budget 400 ms (attempt 2 of 3)"


def test_the_runs_timeout_bounds_all_attempts() -> None:
    world = scripted(503)
    run = world.run(probe(retried(replace(PLAN, attempts=10, delay=4.0)), timeout=10.0))
    assert (run.outcome, len(world.seen), world.clock.slept) == (Outcome.FAILED, 3, [4.0, 4.0])


def test_cleanup_is_tried_again_too_within_its_own_time_and_makes_no_run_flaky() -> None:
    world = World(routes({"DELETE /pay": (httpx.Response(503), httpx.Response(204))}))
    undo = step("undo", "/pay", "DELETE", retry=PLAN)
    run = world.run(probe(step("look", "/nothing", expect=expect(404)), cleanup=(undo,)))
    assert (run.outcome, run.flaky, run.cleanup_failed) == (Outcome.PASSED, False, False)
    assert run.cleanup[0].flaky


def test_a_stop_ends_the_attempts_as_our_error_but_not_those_of_the_cleanup() -> None:
    world = World()

    def handle(_: httpx.Request) -> httpx.Response:
        world.stop.asked = True
        return httpx.Response(503)

    world.handler = handle
    run = world.run(probe(retried(), cleanup=(step("undo", "/undo", "DELETE", retry=PLAN),)))
    assert (run.outcome, run.failures[0].kind) == (Outcome.ERROR, FailureKind.SHUTDOWN)
    assert [asked.url.path for asked in world.seen] == ["/pay", "/undo", "/undo", "/undo"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("-1", None),
        ("soon", None),
        ("99999999999999", 999999999.0),
        ("Mon, 23 Nov 2026 08:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0.0),
        ("Mon, 99 Nov 2026 07:00:00 GMT", None),
        ("٣", None),
    ],
)
def test_what_a_retry_after_asks_for(value: str | None, seconds: float | None) -> None:
    assert asked_wait(value, SLOT) == seconds


def test_a_target_that_asks_to_wait_is_waited_for_as_far_as_the_run_has_time() -> None:
    def busy(wait: str) -> Callable[[httpx.Request], httpx.Response]:
        return lambda _: httpx.Response(429, headers={"Retry-After": wait})

    plan = replace(PLAN, statuses=(StatusRange(429, 429),))
    waited = scripted(busy("5"), 200)
    assert waited.run(probe(retried(plan))).flaky
    assert waited.clock.slept == [5.0]

    endless = scripted(busy("86400"), 200)
    run = endless.run(probe(retried(plan)))
    assert (run.outcome, len(endless.seen)) == (Outcome.FAILED, 1)
    assert "throttled" in run.failures[0].message


def test_cookies_of_an_attempt_that_failed_are_not_those_of_the_answer() -> None:
    world = scripted(lambda _: httpx.Response(503, headers={"Set-Cookie": "session=of-the-first"}), 200)
    wanted = replace(expect(200), cookies=matchers({"session": {"exists": False}}))
    assert world.run(probe(retried(expect=wanted))).outcome is Outcome.PASSED


def test_captures_are_taken_from_the_answer_that_is_judged() -> None:
    world = scripted(
        lambda _: httpx.Response(503, json={"id": "old"}), lambda _: httpx.Response(200, json={"id": "new"})
    )
    run = world.run(probe(retried(captures=(from_json("id", "$.id"),))))
    assert run.steps[0].captured == {"id": '"new"'}


def _shop(world: World, answers: Iterator[int]) -> None:
    def handle(asked: httpx.Request) -> httpx.Response:
        if asked.url.path == "/token":
            return httpx.Response(200, json={"access_token": "t0ken-of-the-partner", "expires_in": 3600})
        return httpx.Response(next(answers))

    world.handler = handle


def test_a_renewal_that_is_part_of_the_step_happens_once() -> None:
    world = World(secrets={"client_secret": "cs-1234567890"})
    _shop(world, iter([503, 200]))
    renewing = retried(auth=ProfileAuth("partner", renew=True))
    assert world.run(probe(renewing, profiles=(profile(),))).flaky
    assert [asked.url.path for asked in world.seen] == ["/token", "/pay", "/pay"]


def test_a_value_that_does_not_fit_is_told_once_and_nothing_is_sent() -> None:
    world = scripted(200)
    body = Body(BodyKind.RAW, tree("${{ secrets.missing }}"))
    spec = replace(request("PUT", f"{BASE}/pay"), body=body)
    run = world.run(probe(step("pay", request=spec, retry=PLAN)))
    assert (run.outcome, run.failures[0].kind, world.seen) == (Outcome.ERROR, FailureKind.SECRET, [])


def test_a_rejected_token_is_renewed_once_and_no_attempt_is_spent_on_it() -> None:
    world = World(secrets={"client_secret": "cs-1234567890"})
    _shop(world, iter([401, 503, 200]))
    run = world.run(probe(retried(Retry(2), auth=ProfileAuth("partner")), profiles=(profile(renew_on_401=True),)))
    assert (run.outcome, run.flaky) == (Outcome.DEGRADED, True)
    assert run.failures[0].detail == "token_rejected_early"
    told = [(one.purpose.value, one.attempt) for one in run.steps[0].exchanges]
    assert told == [("token", 1), ("request", 1), ("token", 1), ("request", 1), ("retry", 2)]


def test_waiting_for_a_one_time_code_takes_no_time_from_the_attempts() -> None:
    world = World(routes({"GET /pay": (httpx.Response(200), httpx.Response(503), httpx.Response(200))}))
    world.secrets["seed"] = "GEZDGNBVGY3TQOJQ"
    spec = request("GET", "/pay", headers={"X-Code": "${{ totp(secrets.seed) }}"})
    run = world.run(probe(step("a", request=spec), step("b", request=spec, retry=Retry(2)), timeout=15.0))
    assert run.flaky, run.failures
    assert world.clock.slept == [30.0, 1.0]
    assert len({asked.headers["X-Code"] for asked in world.seen}) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_that_are_refused_are_not_tried_again(status: int) -> None:
    world = scripted(status)
    assert world.run(probe(retried(Retry(3)))).outcome is Outcome.FAILED
    assert len(world.seen) == 1


def test_a_target_in_maintenance_is_not_asked_again_before_its_time() -> None:
    def closed(wait: str) -> Callable[[httpx.Request], httpx.Response]:
        return lambda _: httpx.Response(503, headers={"Retry-After": wait})

    soon, late = scripted(closed("20"), 200), scripted(closed("Mon, 23 Nov 2026 09:00:00 GMT"))
    assert soon.run(probe(retried())).flaky
    assert soon.clock.slept == [20.0]
    assert late.run(probe(retried())).failures[0].detail == "Retry-After: Mon, 23 Nov 2026 09:00:00 GMT"
    assert len(late.seen) == 1
