"""The three examples that the format was designed with, word for word: they validate, read aloud and run."""

from __future__ import annotations

from typing import Any

import pytest

from synthmon.model.probe import Probe
from synthmon.model.run import FailureKind, Outcome, RunResult
from synthmon.probefile.assembly.installation import Installation, InstallationRegion
from synthmon.probefile.builder import load_probes
from synthmon.probefile.explain.probe import as_text, explain
from synthmon.wire import dumps, to_json
from tests.engine.three_hosts import CARD, CLIENT_SECRET, PASSWORD, SECRETS, SEED, Hosts
from tests.engine.world import World
from tests.probefile.installation import DATA

REGIONS = ("eu-west", "us-east", "ap-south")
CHANNELS = ("identity-oncall", "identity-slack", "payments-oncall", "payments-slack", "integrations-slack")
OWN_SEEDS = {name: InstallationRegion(secrets={"shop_totp_seed": f"seed_of_{name[:2]}"}) for name in REGIONS}
INSTALLATION = Installation("test", OWN_SEEDS, frozenset(CHANNELS))
LOADED = load_probes(DATA / "examples", INSTALLATION)
PROBES: dict[str, Probe] = {probe.name: probe for probe in LOADED.probes}
PLACES = [(name, region.name) for name, probe in PROBES.items() for region in probe.regions]


def run(name: str, region: str = "", *faults: str) -> tuple[RunResult, Hosts, World]:
    """One run against the stand-ins, with its world as it was left."""
    world = World(secrets=SECRETS)
    hosts = Hosts(lambda: world.clock.now().timestamp(), world.clock.advance, set(faults))
    world.handler = hosts.answer
    probe = PROBES[name]
    return world.run(probe, probe.region(region) if region else None), hosts, world


def test_they_validate_and_the_one_remark_is_true() -> None:
    assert sorted(PROBES) == ["checkout", "login", "partner-sync"]
    assert [(problem.code, problem.is_error) for problem in LOADED.problems] == [("alert-hasty", False)]


@pytest.mark.parametrize("name", PROBES)
def test_they_can_be_read_aloud(name: str) -> None:
    said = as_text(explain(PROBES[name]))
    journey = PROBES[name].journey

    for step in (*journey.steps, *journey.cleanup):
        assert f"{step.name} ({step.id}): " in said


@pytest.mark.parametrize(("name", "region"), PLACES)
def test_they_pass_in_each_of_their_regions_and_leave_nothing_behind(name: str, region: str) -> None:
    result, hosts, _ = run(name, region)

    assert [failure.message for failure in result.failures] == []
    assert result.outcome is Outcome.PASSED
    assert {step.outcome for step in (*result.steps, *result.cleanup)} == {Outcome.PASSED}
    assert hosts.orders == {}
    assert set(hosts.notes.values()) <= {""}


@pytest.mark.parametrize(
    ("name", "fault", "outcome", "step", "kind", "told"),
    [
        ("login", "slow log-in", Outcome.DEGRADED, "log_in", FailureKind.BUDGET, "took 900 ms, budget 800 ms"),
        ("login", "every password", Outcome.FAILED, "reject_wrong_password", FailureKind.STATUS, "expected 401"),
        ("login", "another profile", Outcome.FAILED, "read_profile", FailureKind.BODY, "$.email"),
        ("checkout", "slow payment", Outcome.DEGRADED, "pay", FailureKind.BUDGET, "took 2.00 s, budget 1.00 s"),
        ("checkout", "very slow payment", Outcome.FAILED, "pay", FailureKind.BUDGET, "has failed beyond 5.00 s"),
        ("checkout", "another total", Outcome.FAILED, "pay", FailureKind.BODY, "$.total.amount: expected 20.5"),
        (
            "checkout",
            "declined",
            Outcome.FAILED,
            "wait_until_paid",
            FailureKind.POLL,
            'given up: $.status is "declined"',
        ),
        ("checkout", "never paid", Outcome.FAILED, "wait_until_paid", FailureKind.POLL, "not reached within 45.0 s"),
        ("partner-sync", "odd phone", Outcome.FAILED, "first_page", FailureKind.SCHEMA, "$.items[2].phone"),
        ("partner-sync", "few requests left", Outcome.FAILED, "first_page", FailureKind.HEADER, "at least 100"),
        ("partner-sync", "stale", Outcome.FAILED, "read_back", FailureKind.POLL, "$.note: expected"),
        ("partner-sync", "token rejected", Outcome.DEGRADED, "first_page", FailureKind.AUTH, "before its time"),
        ("partner-sync", "short token", Outcome.DEGRADED, "first_page", FailureKind.AUTH, "5"),
        ("partner-sync", "renewal refused", Outcome.FAILED, "renew_token", FailureKind.AUTH, "invalid_grant"),
    ],
)
def test_each_fault_is_found_where_it_is(
    name: str, fault: str, outcome: Outcome, step: str, kind: FailureKind, told: str
) -> None:
    result, hosts, _ = run(name, "", fault)

    assert (outcome, step) == (result.outcome, result.failed_step)
    assert result.failures[0].kind is kind
    assert told in result.failures[0].message
    assert not result.cleanup_failed
    assert hosts.orders == {}


def test_a_hiccup_of_the_gateway_is_ridden_out_with_the_same_key_and_shown_as_flaky() -> None:
    result, hosts, world = run("checkout", "", "gateway hiccup")
    keys = [request.headers["Idempotency-Key"] for request in world.seen if request.url.path == "/api/checkout"]

    assert (result.outcome, result.flaky) == (Outcome.PASSED, True)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(hosts.keys) == 1


def test_a_page_that_does_not_exist_is_not_asked_for() -> None:
    result, hosts, _ = run("partner-sync", "", "one page")
    second = result.step("second_page")

    assert second is not None
    assert (result.outcome, second.outcome) == (Outcome.PASSED, Outcome.SKIPPED)
    assert hosts.seen["GET /v2/contacts"] == 1


def test_renewal_is_a_step_of_its_own_with_its_own_exchange() -> None:
    result, hosts, _ = run("partner-sync")
    renewed = result.step("renew_token")

    assert renewed is not None
    assert [exchange.purpose.value for exchange in renewed.exchanges] == ["token", "request"]
    assert len(hosts.tokens) == 2


@pytest.mark.parametrize(
    ("name", "fault", "hidden"),
    [
        ("login", "another profile", (PASSWORD, SEED, "token-of-", "5e5510nc00k1e0f4nn")),
        ("checkout", "another total", (PASSWORD, CARD, "token-of-")),
        ("partner-sync", "odd phone", (CLIENT_SECRET, "partner-token-", "Ann Lee", "High Street", "0170", "@people.")),
    ],
)
def test_no_secret_and_nothing_personal_is_in_a_result(name: str, fault: str, hidden: tuple[str, ...]) -> None:
    kept: Any = dumps(to_json(run(name, "", fault)[0]))

    for value in hidden:
        assert value.encode() not in kept
