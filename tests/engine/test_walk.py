"""One run from its first request to its result: order, what stops it, and what always happens."""

from __future__ import annotations

import httpx
import pytest

from synthmon.engine import straight
from synthmon.model.auth import BearerAuth
from synthmon.model.run import FailureKind, Outcome
from tests.engine.world import World, expect, from_json, probe, request, routes, step, text

BROKEN = httpx.Response(500, text="boom")


def test_a_journey_without_a_fault_passes_and_says_what_it_found() -> None:
    world = World(routes({"POST /sessions": {"token": "abc"}, "GET /me": {"name": "Ada"}}))
    declared = probe(
        step("log_in", "/sessions", "POST", captures=(from_json("token", "$.token"),)),
        step("read_profile", "/me", expect=expect(200, json={"$.name": "Ada"})),
    )
    result = world.run(declared)
    assert result.outcome is Outcome.PASSED
    assert result.failures == ()
    assert result.failed_step is None
    assert [found.outcome for found in result.steps] == [Outcome.PASSED, Outcome.PASSED]
    assert [(told.subject, told.passed) for told in result.steps[1].assertions] == [("status", True), ("$.name", True)]
    assert result.steps[0].captured == {"token": '"abc"'}
    assert result.steps[0].evidence is None


def test_the_first_broken_step_names_the_run_and_the_rest_is_skipped_with_the_reason() -> None:
    world = World(routes({"GET /": {}, "GET /pay": BROKEN}))
    result = world.run(probe(step("cart"), step("pay", "/pay"), step("receipt", "/receipt")))
    assert result.outcome is Outcome.FAILED
    assert result.failed_step == "pay"
    assert [failure.kind for failure in result.failures] == [FailureKind.STATUS]
    assert result.failures[0].message == "status 500 (Internal Server Error), expected 2xx"
    assert result.steps[2].outcome is Outcome.SKIPPED
    assert result.steps[2].skipped_because == "`pay` failed before it"
    assert [seen.url.path for seen in world.seen] == ["/", "/pay"]


def test_a_cleanup_that_fails_does_not_change_the_outcome() -> None:
    world = World(routes({"GET /": {}, "DELETE /order": BROKEN}))
    result = world.run(probe(step("buy"), cleanup=(step("cancel", "/order", "DELETE"),)))
    assert result.outcome is Outcome.PASSED
    assert result.cleanup_failed
    assert result.cleanup[0].failures[0].kind is FailureKind.STATUS


def test_a_cleanup_that_cannot_be_rendered_does_not_hide_the_outage() -> None:
    world = World(routes({"GET /": BROKEN}))
    cleanup = (step("cancel", "/orders/${{ vars.absent }}", "DELETE"), step("log_out", "/out", "DELETE"))
    result = world.run(probe(step("buy"), cleanup=cleanup))
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "buy")
    assert result.cleanup[0].outcome is Outcome.ERROR
    assert [seen.url.path for seen in world.seen] == ["/", "/out"]


def test_a_failed_login_is_reported_as_such_and_not_as_a_missing_variable_of_the_cleanup() -> None:
    world = World(routes({"POST /sessions": httpx.Response(401, json={"error": "no"})}))
    token = BearerAuth(text("${{ captures.token }}"))
    declared = probe(
        step("log_in", "/sessions", "POST", captures=(from_json("token", "$.token"),)),
        step("read_profile", "/me", auth=token),
        cleanup=(step("log_out", "/sessions/current", "DELETE", auth=token),),
    )
    result = world.run(declared)
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "log_in")
    assert result.failures[0].message == "status 401 (Unauthorized), expected 2xx"
    assert result.cleanup[0].outcome is Outcome.SKIPPED
    assert result.cleanup[0].skipped_because == "nothing to clean up: `captures.token` was never captured"
    assert len(world.seen) == 1


def test_a_missing_capture_stops_the_journey_so_nothing_is_ordered_with_a_null_token() -> None:
    world = World(routes({"POST /sessions": {"token": None}}))
    declared = probe(
        step("log_in", "/sessions", "POST", captures=(from_json("token", "$.token"),)),
        step("order", "/orders", "POST", auth=BearerAuth(text("${{ captures.token }}"))),
    )
    result = world.run(declared)
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "log_in")
    assert result.failures[0].kind is FailureKind.CAPTURE
    assert len(world.seen) == 1


def test_a_token_that_is_null_by_default_is_never_sent() -> None:
    world = World(routes({"POST /sessions": {}}))
    capture = from_json("token", "$.token", has_default=True, default=None)
    declared = probe(
        step("log_in", "/sessions", "POST", captures=(capture,)),
        step("order", "/orders", "POST", auth=BearerAuth(text("${{ captures.token }}"))),
    )
    result = world.run(declared)
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "order")
    assert result.failures[0].kind is FailureKind.CAPTURE
    assert "null" in result.failures[0].message
    assert len(world.seen) == 1


def test_cleanup_steps_run_in_order_each_whatever_became_of_the_one_before() -> None:
    world = World(routes({"GET /": {}, "DELETE /a": BROKEN, "DELETE /b": {}}))
    result = world.run(probe(step("buy"), cleanup=(step("one", "/a", "DELETE"), step("two", "/b", "DELETE"))))
    assert [found.outcome for found in result.cleanup] == [Outcome.FAILED, Outcome.PASSED]


# Time


def slow(world: World, seconds: float) -> httpx.Response:
    world.clock.advance(seconds)
    return httpx.Response(200, json={})


def test_the_journeys_timeout_stops_its_steps_and_cleanup_still_runs() -> None:
    world = World()
    world.handler = lambda seen: slow(world, 8 if seen.method == "GET" else 1)
    declared = probe(*(step(f"s{n}") for n in range(4)), timeout=20.0, cleanup=(step("tidy", "/t", "DELETE"),))
    result = world.run(declared)
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "s2")
    assert result.failures[0].kind is FailureKind.TIMEOUT
    assert "the journey's timeout of 20.0 s was over" in result.failures[0].message
    assert [found.outcome for found in result.steps] == [
        Outcome.PASSED,
        Outcome.PASSED,
        Outcome.FAILED,
        Outcome.SKIPPED,
    ]
    assert result.cleanup[0].outcome is Outcome.PASSED


def test_a_step_that_the_journeys_timeout_leaves_no_time_for_is_not_started() -> None:
    world = World()
    world.handler = lambda _seen: slow(world, 10)
    result = world.run(probe(step("first"), step("second"), timeout=10.0))
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "second")
    assert result.failures[0].message == "the journey's timeout of 10.0 s was over before this step began"
    assert len(world.seen) == 1


def test_cleanup_has_thirty_seconds_of_its_own() -> None:
    world = World()
    world.handler = lambda seen: slow(world, 12 if seen.method == "DELETE" else 0)
    cleanup = tuple(step(f"c{n}", "/c", "DELETE") for n in range(4))
    result = world.run(probe(step("buy"), cleanup=cleanup))
    assert [found.outcome for found in result.cleanup] == [
        Outcome.PASSED,
        Outcome.PASSED,
        Outcome.FAILED,
        Outcome.FAILED,
    ]
    assert "the cleanup's time of 30.0 s was over" in result.cleanup[3].failures[0].message
    assert result.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("took", "outcome"), [(1.0, Outcome.PASSED), (1.000001, Outcome.DEGRADED)], ids=["at the budget", "beyond it"]
)
def test_a_latency_budget_is_inclusive(took: float, outcome: Outcome) -> None:
    world = World()
    world.handler = lambda _seen: slow(world, took)
    result = world.run(probe(step("pay", latency_budget=1.0)))
    assert result.outcome is outcome


def test_a_slow_step_degrades_the_run_which_goes_on_and_says_where_the_time_went() -> None:
    world = World()
    world.handler = lambda seen: slow(world, 5.8 if seen.url.path == "/pay" else 0.1)
    result = world.run(probe(step("pay", "/pay", latency_budget=1.0), step("receipt")))
    assert (result.outcome, result.failed_step) == (Outcome.DEGRADED, "pay")
    assert [found.outcome for found in result.steps] == [Outcome.DEGRADED, Outcome.PASSED]
    failure = result.failures[0]
    assert failure.kind is FailureKind.BUDGET
    assert failure.message == "took 5.80 s, budget 1.00 s"
    assert (failure.expected, failure.actual) == ("at most 1.00 s", "5.80 s")
    assert result.steps[0].evidence is not None


def test_a_broken_step_is_told_as_broken_even_if_it_was_slow_too() -> None:
    world = World()

    def handle(_seen: httpx.Request) -> httpx.Response:
        world.clock.advance(5)
        return httpx.Response(500)

    world.handler = handle
    result = world.run(probe(step("pay", latency_budget=1.0)))
    assert [failure.kind for failure in result.failures] == [FailureKind.STATUS]


def test_a_journey_beyond_its_own_budget_is_degraded_though_each_step_was_quick_enough() -> None:
    world = World()
    world.handler = lambda _seen: slow(world, 0.9)
    result = world.run(probe(step("a", latency_budget=1.0), step("b", latency_budget=1.0), latency_budget=1.5))
    assert (result.outcome, result.failed_step) == (Outcome.DEGRADED, None)
    assert [failure.message for failure in result.failures] == ["the journey took 1.80 s, budget 1.50 s"]
    assert result.latency == pytest.approx(1.8)


def test_the_latency_of_a_journey_ends_with_its_last_step_not_with_its_cleanup() -> None:
    world = World()
    world.handler = lambda seen: slow(world, 5 if seen.method == "DELETE" else 0.5)
    result = world.run(probe(step("a"), latency_budget=1.0, cleanup=(step("c", "/c", "DELETE"),)))
    assert result.outcome is Outcome.PASSED
    assert result.latency == pytest.approx(0.5)
    assert result.duration == pytest.approx(5.5)


def test_a_broken_run_has_no_latency_to_be_mistaken_for_a_quick_one() -> None:
    assert World(routes({"GET /": BROKEN})).run(probe(step("a"), latency_budget=1.0)).latency is None


# Our own faults


def test_a_stop_asked_for_between_steps_ends_the_run_as_our_error_and_cleanup_still_runs() -> None:
    world = World()

    def handle(seen: httpx.Request) -> httpx.Response:
        world.stop.asked = True
        return httpx.Response(200)

    world.handler = handle
    result = world.run(probe(step("a"), step("b"), step("c"), cleanup=(step("tidy", "/t", "DELETE"),)))
    assert (result.outcome, result.failed_step) == (Outcome.ERROR, "b")
    assert result.failures[0].kind is FailureKind.SHUTDOWN
    assert result.steps[2].skipped_because == "`b` could not be judged before it"
    assert result.cleanup[0].outcome is Outcome.PASSED


def test_what_the_cleanup_sends_is_marked_so_that_a_stop_does_not_break_it_off() -> None:
    marks = {}
    world = World()

    def handle(seen: httpx.Request) -> httpx.Response:
        marks[seen.url.path] = seen.extensions["synthmon.unstoppable"]
        return httpx.Response(200)

    world.handler = handle
    world.run(probe(step("a", "/a"), cleanup=(step("tidy", "/t", "DELETE"),)))
    assert marks == {"/a": False, "/t": True}


def test_a_request_that_a_stop_cuts_short_is_our_error_not_the_targets_failure() -> None:
    world = World()

    def handle(seen: httpx.Request) -> httpx.Response:
        world.stop.asked = True
        raise httpx.ConnectError("broken off", request=seen)

    world.handler = handle
    result = world.run(probe(step("a")))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.SHUTDOWN)


def test_a_missing_secret_is_our_error_with_the_hint_how_to_provide_it() -> None:
    result = World().run(probe(step("a", request=request("POST", "/", json={"p": "${{ secrets.absent }}"}))))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.SECRET)
    assert result.failures[0].detail == "set SYNTHMON_SECRET_X"


def test_a_defect_of_ours_in_one_step_is_internal_and_cleanup_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(*_arguments: object) -> None:
        raise KeyError("hunter2-secret is not here")

    world = World(secrets={"key": "hunter2-secret"})
    monkeypatch.setattr(straight, "held", defect)
    declared = probe(step("a", request=request(headers={"X-Key": "${{ secrets.key }}"})), cleanup=(step("tidy"),))
    result = world.run(declared)
    assert (result.outcome, result.failed_step) == (Outcome.ERROR, "a")
    assert result.failures[0].kind is FailureKind.INTERNAL
    assert result.failures[0].message == "synthmon failed inside itself: KeyError: '‹secrets.key› is not here'"
    assert len(world.seen) == 2


def test_a_defect_in_the_walk_itself_still_gives_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthmon.engine.walk.cleaned", lambda *_: 1 / 0)
    result = World().run(probe(step("a")))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.INTERNAL)
    assert result.failures[0].message == "synthmon failed inside itself: ZeroDivisionError; the log says where"


def test_latencies_measured_while_the_interpreter_lagged_are_not_held_against_budgets() -> None:
    world = World()
    world.handler = lambda _seen: slow(world, 1.2)
    world.stall.lag = 0.3
    result = world.run(probe(step("a", latency_budget=1.0), latency_budget=1.0))
    assert result.outcome is Outcome.PASSED
    assert result.quality.suspect
    assert result.quality.lag == 0.3


@pytest.mark.parametrize(("lag", "outcome"), [(0.40, Outcome.DEGRADED), (0.41, Outcome.PASSED)])
def test_up_to_a_tenth_of_a_long_budget_may_be_lag(lag: float, outcome: Outcome) -> None:
    world = World()
    world.handler = lambda _seen: slow(world, 4.5)
    world.stall.lag = lag
    assert world.run(probe(step("a", latency_budget=4.0))).outcome is outcome


@pytest.mark.parametrize(
    ("lag", "outcome", "kind"),
    [(0.5, Outcome.FAILED, FailureKind.TIMEOUT), (0.6, Outcome.ERROR, FailureKind.STALL)],
)
def test_a_timeout_that_fired_during_a_stall_says_nothing_of_the_target(
    lag: float, outcome: Outcome, kind: FailureKind
) -> None:
    world = World()

    def handle(seen: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=seen)

    world.handler = handle
    world.stall.lag = lag
    result = world.run(probe(step("a", timeout=2.0)))
    assert (result.outcome, result.failures[0].kind) == (outcome, kind)


# What every request carries


def test_every_request_says_who_asks_and_belongs_to_the_runs_trace() -> None:
    world = World()
    result = world.run(probe(step("a"), step("b")))
    first, second = world.seen
    assert first.headers["User-Agent"] == "synthmon/0.1.0 (shop)"
    version, trace, span, flags = first.headers["traceparent"].split("-")
    assert (version, trace, flags) == ("00", result.trace_id, "01")
    assert len(span) == 16
    assert span != second.headers["traceparent"].split("-")[2]
    assert trace == second.headers["traceparent"].split("-")[1]


def test_a_probe_may_write_these_headers_itself() -> None:
    world = World()
    world.run(probe(step("a", request=request(headers={"user-agent": "mine", "Accept": "text/html"}))))
    assert world.seen[0].headers.get_list("User-Agent") == ["mine"]
    assert world.seen[0].headers.get_list("Accept") == ["text/html"]


def test_the_same_run_has_the_same_trace_whenever_it_is_walked() -> None:
    assert World().run(probe(step("a"))).trace_id == World().run(probe(step("a"))).trace_id


def test_how_late_a_run_began_is_told() -> None:
    world = World()
    world.clock.advance(2.5)
    assert world.run(probe(step("a"))).quality.late == pytest.approx(2.5)
