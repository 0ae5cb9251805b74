"""Probe files that are right, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthmon.model.answer import CaptureFrom, Condition, Matcher, Operator, StatusRange
from synthmon.model.auth import ApiKeyAuth, BasicAuth, BearerAuth, ClientAuthentication, Grant, ProfileAuth
from synthmon.model.journey import Retry, RetryCause
from synthmon.model.probe import AlertRule, Objective, Probe, RegionQuorum, Severity, Track
from synthmon.model.request import Body, BodyKind
from synthmon.model.text import Expression, Template, Text
from synthmon.probefile.assembly.installation import Installation, InstallationRegion
from synthmon.probefile.builder import load_file, load_probes
from synthmon.probefile.problem import render
from tests.probefile.installation import DATA, INSTALLATION
from tests.probefile.writing import parse, probe_of

GOOD = DATA / "good"


def _load(name: str) -> Probe:
    loaded = load_file(GOOD / f"{name}.yaml", INSTALLATION)
    assert render(loaded.problems) == ""
    return loaded.probes[0]


def _written(text: Text) -> str:
    if isinstance(text, str):
        return text
    return "".join(part if isinstance(part, str) else f"<{part.text.strip()}>" for part in text.parts)


def test_every_good_file_loads_without_a_word() -> None:
    loaded = load_probes(GOOD, INSTALLATION)

    assert render(loaded.problems) == ""
    assert len(loaded.probes) == len(list(GOOD.glob("*.yaml"))) > 0
    assert loaded.files == len(loaded.probes)


def test_what_is_declared_around_the_journey() -> None:
    probe = _load("login")

    assert (probe.title, probe.owner, probe.tags) == ("Customer can log in", "team-identity", ("tier-1", "identity"))
    assert (probe.interval, probe.journey.timeout, probe.journey.latency_budget) == (60.0, 20.0, 1.5)
    assert [region.name for region in probe.regions] == ["eu-west", "us-east"]
    assert probe.secrets == ("shop_password",)
    assert probe.objectives == (
        Objective("availability", 0.999, 30 * 86400.0),
        Objective("speed", 0.99, 30 * 86400.0, within=1.5),
    )
    assert probe.alerts == (
        AlertRule(
            "Login is down", Track.DOWN, 3, 3, 2, Severity.PAGE, ("oncall",), "https://wiki.example.com/runbooks/login"
        ),
        AlertRule("Login is slow", Track.SLOW, 5, 10, RegionQuorum.ANY, Severity.TICKET, ("chat",)),
    )


def test_a_request_is_complete() -> None:
    log_in, read_profile, reject = _load("login").journey.steps

    assert log_in.request.method == "POST"
    assert _written(log_in.request.url) == "https://shop.example.com/api/sessions"
    assert isinstance(log_in.request.body, Body)
    assert log_in.request.body.kind is BodyKind.JSON
    assert read_profile.request.method == "GET"
    assert _written(read_profile.request.url) == "https://shop.example.com/api/me?reference=<vars.reference>"
    assert isinstance(read_profile.auth, BearerAuth)
    assert isinstance(read_profile.auth.token, Template)
    assert read_profile.name == "Read profile"
    assert reject.expect.status == (StatusRange(401, 401), StatusRange(403, 403))


def test_expectations_are_matchers_that_know_their_place() -> None:
    log_in = _load("login").journey.steps[0]
    matchers = dict(log_in.expect.json)

    token = matchers["$.token"]
    assert [condition.operator for condition in token.conditions] == [Operator.TYPE, Operator.LENGTH]
    length = token.conditions[1].operand
    assert isinstance(length, Matcher)
    assert length.conditions == (Condition(Operator.AT_LEAST, 20),)
    assert matchers["$.roles"].conditions == (Condition(Operator.EQUALS, ("customer",)),)
    assert (token.source.line, token.source.column) == (33, 18)


def test_an_expression_knows_its_place() -> None:
    log_in = _load("login").journey.steps[0]
    assert isinstance(log_in.request.body, Body)
    assert isinstance(log_in.request.body.value, dict)
    password = log_in.request.body.value["password"]

    assert isinstance(password, Template)
    assert isinstance(password.whole, Expression)
    assert (password.whole.source.line, password.whole.source.column) == (27, 23)


def test_captures_say_where_from() -> None:
    first = _load("partner").journey.steps[0]
    captures = {capture.name: capture for capture in first.captures}

    assert (captures["limit"].origin, captures["limit"].selector) == (CaptureFrom.HEADER, "X-RateLimit-Remaining")
    assert captures["answered"].origin is CaptureFrom.STATUS
    assert captures["emails"].all
    assert captures["next_cursor"].has_default
    assert captures["next_cursor"].default is None
    assert _load("login").journey.steps[0].captures[0].secret


def test_profiles_defaults_and_their_exceptions() -> None:
    probe = _load("partner")
    steps = {step.id: step for step in probe.journey.steps}
    profile = probe.journey.auth["partner"]

    assert profile.client_authentication is ClientAuthentication.POST
    assert (profile.renew_before, profile.renew_on_401, profile.min_lifetime) == (60.0, True, 300.0)
    assert steps["first_page"].auth == ProfileAuth("partner")
    assert steps["renew_token"].auth == ProfileAuth("partner", renew=True)
    assert steps["upload"].auth is None
    assert isinstance(steps["form"].auth, BasicAuth)
    assert _written(steps["first_page"].request.headers["X-Tenant"]) == "<vars.tenant>"
    assert probe.journey.redact_json == ("$..name", "$..email", "$..phone")
    assert probe.alerts == ()


def test_each_way_to_authenticate_is_kept_as_it_is_declared() -> None:
    journey = _load("authentication").journey
    signed, refreshed, person = (journey.auth[name] for name in ("signed", "refreshed", "person"))
    ways = {step.id: step.auth for step in journey.steps}

    assert set(journey.auth) == {"signed", "refreshed", "person"}
    assert signed.client_authentication is ClientAuthentication.PRIVATE_KEY_JWT
    assert signed.client_key is not None
    assert (signed.client_key.algorithm, signed.client_key.key_id, signed.client_key.lifetime) == ("ES256", "k1", 30.0)
    assert signed.params["resource"] == ("https://a.example.com", "https://b.example.com")
    assert (refreshed.grant, refreshed.client_secret) == (Grant.REFRESH_TOKEN, None)
    assert (person.grant, person.username) == (Grant.PASSWORD, "synthetic@example.com")
    assert ways["signed"] == ProfileAuth("signed")
    for step_id, place, name in (
        ("header", "header", "X-Api-Key"),
        ("query", "query", "key"),
        ("cookie", "cookie", "key"),
    ):
        way = ways[f"key_in_{step_id}"]
        assert isinstance(way, ApiKeyAuth)
        assert (way.place, way.name, _written(way.value)) == (place, name, "<secrets.maps_key>")


def test_a_raw_body_brings_its_type() -> None:
    upload = {step.id: step for step in _load("partner").journey.steps}["upload"]

    assert upload.request.body == Body(BodyKind.RAW, "id,note\n")
    assert upload.request.headers["Content-Type"] == "text/csv"


def test_polling_and_schemas() -> None:
    steps = {step.id: step for step in _load("partner").journey.steps}
    poll, schema = steps["read_back"].poll, steps["update_contact"].expect.schema

    assert poll is not None
    assert (poll.every, poll.timeout) == (2.0, 20.0)
    assert poll.until.status == ()
    assert poll.fail_if is not None
    assert poll.fail_if.status == (StatusRange(410, 410),)
    assert schema is not None
    assert (schema.label, schema.pointer) == ("schemas/contacts.schema.json#/$defs/contact", "/$defs/contact")


def test_a_region_of_the_installation_wins_over_the_probe_and_the_probe_over_its_own_variables() -> None:
    installation = Installation(
        "test", {"eu-west": InstallationRegion({"b": "installed"}), "us-east": InstallationRegion()}
    )
    probe = probe_of(
        """
        vars: {a: own, b: own, c: own}
        regions: {eu-west: {vars: {a: regional, b: regional}}, us-east: {}}
        steps: [{id: read, request: "GET /x/${{ vars.a }}/${{ vars.b }}/${{ vars.c }}"}]
        """,
        installation,
    )

    assert probe.region("eu-west") is not None
    assert dict(probe.regions[0].variables) == {"a": "regional", "b": "installed"}
    assert dict(probe.journey.variables) == {"a": "own", "b": "own", "c": "own"}


def test_without_regions_a_probe_runs_in_all_of_the_installation() -> None:
    probe = probe_of("steps: [{id: read, request: GET /x}]")

    assert [region.name for region in probe.regions] == ["eu-west", "us-east"]


def test_without_alerts_two_failures_page_and_what_is_degraded_makes_tickets() -> None:
    """Also without a budget: the certificate of a target can be about to end."""
    plain = probe_of("steps: [{id: read, request: GET /x}]")
    timed = probe_of("steps: [{id: read, request: GET /x, latency_budget: 1s}]\nrunbook: https://wiki.example.com")

    assert plain.alerts == (
        AlertRule("shop is down", Track.DOWN, 2, 2),
        AlertRule("shop is degraded", Track.SLOW, 3, 3, severity=Severity.TICKET),
    )
    assert timed.alerts == (
        AlertRule("shop is down", Track.DOWN, 2, 2, runbook="https://wiki.example.com"),
        AlertRule("shop is slow", Track.SLOW, 3, 3, severity=Severity.TICKET, runbook="https://wiki.example.com"),
    )


@pytest.mark.parametrize("written", ["tls: {warn_before: 30d}", "warn: {status: 200}", "auth: one"])
def test_so_does_whatever_else_is_said_to_make_a_run_degraded(written: str) -> None:
    profile = '{token_url: https://a.example/, client_id: a, client_secret: "${{ secrets.a }}", min_lifetime: 5m}'
    auth = f"secrets: [a]\nauth: {{one: {{oauth2: {profile}}}}}\n" if written.startswith("auth") else ""
    probe = probe_of(f"{auth}steps: [{{id: read, request: GET /x, {written}}}]")
    assert [rule.track for rule in probe.alerts] == [Track.DOWN, Track.SLOW]


def test_an_empty_list_of_alerts_switches_them_off() -> None:
    assert probe_of("alerts: []\nsteps: [{id: read, request: GET /x}]").alerts == ()


@pytest.mark.parametrize(
    ("written", "journey", "step"),
    [
        ("", 60.0, 15.0),
        ("interval: 10s", 10.0, 10.0),
        ("timeout: 5s", 5.0, 5.0),
        ("defaults: {timeout: 20s}", 60.0, 20.0),
    ],
)
def test_timeouts_have_defaults_that_fit(written: str, journey: float, step: float) -> None:
    probe = probe_of(f"{written}\nsteps: [{{id: read, request: GET /x}}]")

    assert probe.journey.timeout == journey
    assert probe.journey.steps[0].timeout == step


def test_a_success_is_expected_where_nothing_is_said_of_the_status() -> None:
    probe = probe_of(
        """
        steps:
          - {id: silent, request: GET /x}
          - {id: partly, request: GET /x, expect: {text: {contains: ok}}}
        """
    )

    assert [step.expect.status for step in probe.journey.steps] == [(StatusRange(200, 299),)] * 2


def test_the_same_file_has_the_same_hash_and_another_schema_another_one(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    file, schema = tmp_path / "shop.yaml", tmp_path / "schemas" / "a.json"
    file.write_text(
        "synthmon: 1\nname: shop\ninterval: 1m\nsteps:\n"
        "  - {id: read, request: GET https://shop.example.com, expect: {schema: schemas/a.json}}\n"
    )
    hashes = []
    for text in ('{"type": "object"}', '{ "type":"object" }', '{"type": "array"}'):
        schema.write_text(text)
        hashes.append(load_file(file, INSTALLATION).probes[0].content_hash)

    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]
    assert len(hashes[0]) == 64


def test_yaml_1_2_keeps_text_what_yaml_1_1_would_bend() -> None:
    probe, problems = parse(
        """
        vars: {country: no, switch: on, time: 12:30, date: 2026-11-23, plain: 1_000, real: 1.50, yes: true, hex: 0x1F}
        steps: [{id: read, request: GET /x}]
        """
    )

    assert probe is not None
    assert {problem.code for problem in problems} == {"unused-variable"}
    assert dict(probe.journey.variables) == {
        "country": "no",
        "switch": "on",
        "time": "12:30",
        "date": "2026-11-23",
        "plain": "1_000",
        "real": 1.5,
        "yes": True,
        "hex": 31,
    }


def test_a_literal_dollar_brace_and_an_anchor_are_no_expressions() -> None:
    probe, problems = parse(
        """
        vars: {literal: "$${{ vars.x }}", one: &one same, two: *one}
        steps: [{id: read, request: GET /x}]
        """
    )

    assert probe is not None
    assert {problem.code for problem in problems} == {"unused-variable"}
    assert dict(probe.journey.variables) == {"literal": "${{ vars.x }}", "one": "same", "two": "same"}


def test_a_base_with_an_expression_and_slashes_is_joined_once() -> None:
    probe = probe_of(
        """
        base_url: ${{ vars.shop }}/api/
        vars: {shop: https://eu.example.com}
        steps: [{id: read, request: "GET /x/${{ run.id }}"}, {id: whole, request: "GET https://other.example.com/a"}]
        """
    )

    assert [_written(step.request.url) for step in probe.journey.steps] == [
        "<vars.shop>/api/x/<run.id>",
        "https://other.example.com/a",
    ]


def test_headers_of_a_step_win_over_the_defaults_whatever_their_case() -> None:
    probe = probe_of(
        """
        defaults: {headers: {X-Synthetic: synthmon, Accept: text/html}}
        steps: [{id: read, request: {url: /x, headers: {accept: application/json}}}]
        """
    )

    assert dict(probe.journey.steps[0].request.headers) == {"X-Synthetic": "synthmon", "accept": "application/json"}


def test_a_budget_has_a_long_form_with_phases() -> None:
    probe = probe_of(
        """
        latency_budget: {degraded: 8s, failed: 30s}
        slo: [{name: speed, objective: 99%, within: latency_budget, window: 30d}]
        steps:
          - {id: pay, request: GET /x, latency_budget: {degraded: 1s, failed: 5s}}
          - {id: read, request: GET /x, latency_budget: {first_byte: 300ms, dns: 50ms}}
        """
    )
    pay, read = probe.journey.steps

    assert (probe.journey.latency_budget, probe.journey.hard_budget) == (8.0, 30.0)
    assert probe.objectives[0].within == 8.0
    assert (pay.latency_budget, pay.hard_budget, pay.phase_budgets) == (1.0, 5.0, ())
    assert (read.latency_budget, read.hard_budget) == (None, None)
    assert read.phase_budgets == (("dns", 0.05), ("first_byte", 0.3))


def test_what_is_tried_again_and_under_which_key() -> None:
    probe = _load("orders")
    steps = {step.id: step for step in (*probe.journey.steps, *probe.journey.cleanup)}

    assert steps["read"].retry == Retry(2)
    assert steps["create"].retry == Retry(
        3, 0.5, frozenset({RetryCause.TIMEOUT}), (StatusRange(429, 429), StatusRange(500, 599))
    )
    assert [steps[name].retry for name in ("look", "unsafe", "wait")] == [None, None, None]
    assert {name: step.request.redirects for name, step in steps.items() if step.request.redirects == 0} == {"look": 0}
    assert steps["create"].request.idempotency_header == "Idempotency-Key"
    assert steps["cancel"].request.idempotency_header is None
    assert _written(steps["cancel"].request.headers["X-Request-Id"]) == "cancel-<captures.order>"


def test_warnings_assertions_patterns_and_several_matchers_of_a_text() -> None:
    probe = probe_of(
        """
        steps:
          - id: start
            request: POST /jobs
            expect:
              text: [{contains: a}, {not_contains: b}]
              assert: ["${{ response.status == 202 }}", {that: "${{ response.json.id != null }}", message: no id}]
            warn: {headers: {X-Left: {at_least: 10}}}
            capture: {job: {header: Location, regex: "/jobs/(.+)$"}, build: {regex: "build ([0-9]+)", default: null}}
          - {id: use, request: "GET /jobs/${{ captures.job }}?build=${{ captures.build }}"}
        """
    )
    start = probe.journey.steps[0]

    assert [len(matcher.conditions) for matcher in start.expect.text] == [1, 1]
    assert [one.expression.text.strip() for one in start.expect.assertions] == [
        "response.status == 202",
        "response.json.id != null",
    ]
    assert [one.message for one in start.expect.assertions] == [None, "no id"]
    assert start.warn is not None
    assert (start.warn.status, [name for name, _ in start.warn.headers]) == ((), ["X-Left"])
    assert [(one.origin, one.selector, one.pattern) for one in start.captures] == [
        (CaptureFrom.HEADER, "Location", "/jobs/(.+)$"),
        (CaptureFrom.TEXT, "", "build ([0-9]+)"),
    ]


def test_a_capture_that_is_called_release_is_used_by_reports() -> None:
    capture = "{release: {header: X-Release, default: null}, other: {status: true}}"
    _, problems = parse(f"steps: [{{id: read, request: GET /x, capture: {capture}}}]\n")
    assert ["nothing uses the capture `other`"] == [problem.message for problem in problems]
