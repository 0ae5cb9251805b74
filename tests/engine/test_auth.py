"""Who a request says it is: tokens fetched, shared, renewed and refused, each with its own outcome."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from synthmon.model.auth import BasicAuth, BearerAuth, ClientAuthentication, ProfileAuth
from synthmon.model.probe import Probe
from synthmon.model.run import ExchangePurpose, FailureKind, Outcome
from tests.engine.world import World, expect, from_json, probe, profile, step, text, until

PARTNER = ProfileAuth("partner")
RENEW = ProfileAuth("partner", renew=True)
SECRETS = {"client_secret": "client-s3cret/+"}


class Partner:
    """A partner's API: hands out tokens T1, T2, … and accepts those it has not forgotten."""

    def __init__(self, lifetime: Any = 3600, **answer: Any) -> None:
        self.issued = 0
        self.forgotten: set[str] = set()
        self.refusal: httpx.Response | None = None
        self.answer = {"token_type": "Bearer", "expires_in": lifetime, **answer}
        self.token_requests: list[httpx.Request] = []
        self.on_token: Callable[[], None] = lambda: None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return self._token(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = token in {f"token-number-{number}" for number in range(1, self.issued + 1)} - self.forgotten
        return httpx.Response(200 if known else 401, json={})

    def _token(self, request: httpx.Request) -> httpx.Response:
        self.token_requests.append(request)
        self.on_token()
        if self.refusal is not None:
            return self.refusal
        self.issued += 1
        answer = {"access_token": f"token-number-{self.issued}", **self.answer}
        return httpx.Response(200, json={name: value for name, value in answer.items() if value is not None})


def contacts(*steps: Any, **more: Any) -> Probe:
    return probe(*(steps or (step("read", "/contacts", auth=PARTNER),)), profiles=(profile(**more),))


def test_a_bearer_token_is_sent() -> None:
    world = World()
    world.run(probe(step("a", auth=BearerAuth(text("abc")))))
    assert world.seen[0].headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize("secret", [True, False])
def test_a_captured_token_is_borne_until_another_is_captured_and_is_never_shown(secret: bool) -> None:
    tokens = iter(["first-token", "another-token"])

    def answer(request: httpx.Request) -> httpx.Response:
        bearing = request.headers.get("Authorization", "")
        return httpx.Response(200, json={"t": next(tokens)} if request.url.path == "/take" else {"was": bearing})

    world, told = World(answer), until({"$.was": "no such"})
    by, taken = BearerAuth(text("${{ captures.t }}")), (from_json("t", "$.t", secret=secret),)
    using = [step(name, auth=by, expect=told, allow_failure=True) for name in ("b", "c", "e", "f")]
    taking = [step(name, "/take", captures=taken) for name in ("a", "d")]
    result = world.run(probe(taking[0], *using[:2], taking[1], *using[2:]))
    borne = [request.headers.get("Authorization", "") for request in world.seen]
    assert borne == ["", *["Bearer first-token"] * 2, "", *["Bearer another-token"] * 2]
    assert "Bearer" in repr(result.steps[1])
    assert "-token" not in repr(result)


def test_basic_is_user_and_password_in_base64_and_never_shown() -> None:
    world = World(lambda request: httpx.Response(500, text=request.headers["Authorization"]), {"pw": "pässword-1"})
    result = world.run(probe(step("a", auth=BasicAuth("ada", text("${{ secrets.pw }}")))))
    encoded = base64.b64encode("ada:pässword-1".encode()).decode()
    assert world.seen[0].headers["Authorization"] == f"Basic {encoded}"
    assert encoded not in repr(result)


def test_a_token_is_fetched_form_encoded_with_the_client_in_the_header() -> None:
    partner = Partner()
    result = World(partner, SECRETS).run(contacts(scopes=("a.read", "a.write")))
    asked = partner.token_requests[0]
    assert parse_qs(asked.content.decode()) == {"grant_type": ["client_credentials"], "scope": ["a.read a.write"]}
    pair = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "client:client-s3cret%2F%2B"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert result.outcome is Outcome.PASSED
    assert [exchange.purpose for exchange in result.steps[0].exchanges] == [
        ExchangePurpose.TOKEN,
        ExchangePurpose.REQUEST,
    ]


def test_the_client_may_show_who_it_is_in_the_form() -> None:
    partner = Partner()
    World(partner, SECRETS).run(contacts(client_authentication=ClientAuthentication.POST))
    form = parse_qs(partner.token_requests[0].content.decode())
    assert (form["client_id"], form["client_secret"]) == (["client"], ["client-s3cret/+"])
    assert "Authorization" not in partner.token_requests[0].headers


def test_a_token_is_shared_by_steps_and_by_runs() -> None:
    partner = Partner()
    world = World(partner, SECRETS)
    declared = contacts(step("a", auth=PARTNER), step("b", auth=PARTNER))
    assert [world.run(declared).outcome for _ in range(3)] == [Outcome.PASSED] * 3
    assert partner.issued == 1


def test_a_token_is_renewed_before_it_expires() -> None:
    partner = Partner(lifetime=600)
    world = World(partner, SECRETS)
    declared = contacts(renew_before=60.0)
    world.run(declared)
    world.clock.advance(530)
    world.run(declared)
    assert partner.issued == 1
    world.clock.advance(11)
    assert world.run(declared).outcome is Outcome.PASSED
    assert partner.issued == 2


def test_a_token_that_lives_shorter_than_it_should_be_renewed_early_is_not_fetched_for_every_step() -> None:
    partner = Partner(lifetime=30)
    World(partner, SECRETS).run(contacts(step("a", auth=PARTNER), step("b", auth=PARTNER), renew_before=60.0))
    assert partner.issued == 1


def test_one_renewal_serves_however_many_runs_wait() -> None:
    partner = Partner()
    world = World(partner, SECRETS)
    waiting = threading.Event()
    partner.on_token = lambda: void(waiting.wait(5))
    declared = contacts()
    results: list[Outcome] = []
    threads = [threading.Thread(target=lambda: results.append(world.run(declared).outcome)) for _ in range(4)]
    for thread in threads:
        thread.start()
    waiting.set()
    for thread in threads:
        thread.join()
    assert results == [Outcome.PASSED] * 4
    assert partner.issued == 1


def void(_value: object) -> None:
    pass


def test_time_spent_on_a_token_is_not_the_steps_latency() -> None:
    partner = Partner()
    world = World(partner, SECRETS)
    partner.on_token = lambda: world.clock.advance(2)
    result = world.run(contacts(step("read", auth=PARTNER, latency_budget=0.5)))
    assert result.outcome is Outcome.PASSED
    assert result.steps[0].latency == pytest.approx(0)
    assert result.latency == pytest.approx(0)


def test_a_renewal_step_throws_the_token_away_and_measures_both_exchanges() -> None:
    partner = Partner()
    world = World(partner, SECRETS)
    partner.on_token = lambda: world.clock.advance(2)
    result = world.run(contacts(step("a", auth=PARTNER), step("renew", auth=RENEW, latency_budget=1.0)))
    assert partner.issued == 2
    assert (result.outcome, result.failed_step) == (Outcome.DEGRADED, "renew")
    assert result.steps[1].latency == pytest.approx(2)
    assert result.steps[1].exchanges[0].purpose is ExchangePurpose.TOKEN
    assert result.latency == pytest.approx(2)


def test_a_refused_renewal_fails_its_own_step_with_the_error_code() -> None:
    partner = Partner()
    world = World(partner, SECRETS)
    partner.refusal = httpx.Response(
        400, json={"error": "invalid_client", "error_description": "no \x1b[31mclient-s3cret/+"}
    )
    result = world.run(contacts(step("renew", auth=RENEW)))
    assert (result.outcome, result.failed_step) == (Outcome.FAILED, "renew")
    assert result.failures[0].kind is FailureKind.AUTH
    assert result.failures[0].message == (
        "the token endpoint refused with 400: invalid_client, "
        "it does not accept the client's id or how it shows who it is"
    )
    assert result.failures[0].detail == "no \\x1b[31m‹secrets.client_secret›"
    assert len(world.seen) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.Response(503), "the token endpoint refused with 503"),
        (httpx.Response(400, json={"error": 'bad"\nquote'}), "the token endpoint refused with 400"),
        (
            httpx.Response(200, html="<html>"),
            "the token endpoint's answer cannot be used: the answer is an HTML page, not JSON",
        ),
        (httpx.Response(200, json=[]), "the token endpoint's answer cannot be used: the answer is no JSON object"),
        (
            httpx.Response(200, content=b" " * 70_000 + b"{}"),
            "the token endpoint's answer cannot be used: the body has 70002 bytes",
        ),
    ],
)
def test_an_endpoint_that_gives_no_token_is_a_failure_of_authentication(answer: httpx.Response, message: str) -> None:
    partner = Partner()
    partner.refusal = answer
    result = World(partner, SECRETS).run(contacts())
    assert [(failure.kind, failure.message) for failure in result.failures] == [(FailureKind.AUTH, message)]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"access_token": None}, "`access_token` is missing or no token"),
        ({"access_token": ""}, "`access_token` is missing or no token"),
        ({"access_token": "a\r\nX: y"}, "`access_token` is missing or no token"),
        ({"access_token": "x" * 20_000}, "`access_token` is missing or no token"),
        ({"token_type": "mac"}, "`token_type` is mac, and only Bearer is understood"),
        ({"expires_in": -1}, "`expires_in` is -1, not a number of seconds"),
        ({"expires_in": "soon"}, "`expires_in` is soon, not a number of seconds"),
        ({"expires_in": True}, "`expires_in` is True, not a number of seconds"),
    ],
)
def test_a_token_that_cannot_be_used_is_a_failure_of_authentication(answer: dict[str, Any], why: str) -> None:
    result = World(Partner(**answer), SECRETS).run(contacts())
    assert result.failures[0].kind is FailureKind.AUTH
    assert result.failures[0].message == f"the token endpoint's answer cannot be used: {why}"


@pytest.mark.parametrize("lifetime", [None, "3600", 3600.5])
def test_lifetimes_as_servers_write_them_are_understood(lifetime: Any) -> None:
    assert World(Partner(lifetime), SECRETS).run(contacts()).outcome is Outcome.PASSED


def test_a_token_endpoint_that_cannot_be_reached_keeps_its_kind_of_failure() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    result = World(handle, SECRETS).run(contacts())
    assert result.failures[0].kind is FailureKind.CONNECT
    assert result.failures[0].message == "fetching a token: refused"


def test_a_token_rejected_early_fails_the_step_by_itself() -> None:
    partner = Partner()
    world = World(partner, SECRETS)
    world.run(contacts())
    partner.forgotten = {"token-number-1"}
    result = world.run(contacts())
    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.AUTH)
    assert result.failures[0].message == "the credentials were not accepted: status 401 (Unauthorized), expected 2xx"
    assert "token-number" not in repr(result)


def test_with_renew_on_401_it_is_renewed_once_and_the_step_is_degraded() -> None:
    partner = Partner()
    world = World(partner, SECRETS)
    declared = contacts(renew_on_401=True)
    world.run(declared)
    partner.forgotten = {"token-number-1"}
    result = world.run(declared)
    assert result.outcome is Outcome.DEGRADED
    assert [(failure.kind, failure.detail) for failure in result.failures] == [
        (FailureKind.AUTH, "token_rejected_early")
    ]
    assert [exchange.status for exchange in result.steps[0].exchanges] == [401, 200, 200]
    assert world.run(declared).outcome is Outcome.PASSED
    assert partner.issued == 2


def test_a_new_token_that_is_rejected_too_fails_without_another_renewal() -> None:
    partner = Partner()
    partner.forgotten = {"token-number-1", "token-number-2", "token-number-3"}
    result = World(partner, SECRETS).run(contacts(renew_on_401=True))
    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.AUTH)
    assert partner.issued == 2


def test_a_step_that_expects_a_401_renews_nothing() -> None:
    partner = Partner()
    partner.forgotten = {"token-number-1"}
    refused = step("refused", auth=PARTNER, expect=expect(401))
    assert World(partner, SECRETS).run(contacts(refused, renew_on_401=True)).outcome is Outcome.PASSED
    assert partner.issued == 1


def test_a_short_lived_token_degrades_the_step_that_fetched_it() -> None:
    result = World(Partner(lifetime=60), SECRETS).run(contacts(min_lifetime=300.0))
    assert result.outcome is Outcome.DEGRADED
    assert result.failures[0].message == "the token of `partner` lives 1 min, at least 5 min are wanted"
    assert result.failures[0].detail == "token_short_lived"


def test_a_changed_probe_does_not_use_a_token_of_the_old_one() -> None:
    partner = Partner()
    world = World(partner, SECRETS)
    world.run(contacts())
    world.run(replace(contacts(), content_hash="another" * 9))
    assert partner.issued == 2


def test_cookies_of_the_journey_are_not_shown_to_the_token_endpoint() -> None:
    partner = Partner()
    setting = httpx.Response(200, headers={"Set-Cookie": "session=abc; Path=/"})
    world = World(lambda request: setting if request.url.path == "/set" else partner(request), SECRETS)
    world.run(contacts(step("set", "/set"), step("read", auth=PARTNER)))
    assert "Cookie" not in partner.token_requests[0].headers
    assert world.seen[-1].headers["Cookie"] == "session=abc"


def test_a_missing_client_secret_is_our_error() -> None:
    result = World(Partner()).run(contacts())
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.SECRET)
