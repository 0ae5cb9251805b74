"""Tokens by each grant and each way of showing who the client is; refresh tokens that replace each other."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from synthmon.model.auth import ClientAuthentication, ClientKey, Grant, OAuth2Profile, ProfileAuth
from synthmon.model.probe import Probe
from synthmon.model.run import FailureKind, Outcome
from tests.engine.world import BASE, World, probe, step, text, tree

PRIVATE = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Issuer:
    """Hands out token-1, token-2, …; `answers` replace what it would say, one after the other."""

    def __init__(self, **more: Any) -> None:
        self.more = more
        self.forms: list[dict[str, list[str]]] = []
        self.answers: list[httpx.Response] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            return httpx.Response(200, json={})
        self.forms.append(parse_qs(request.content.decode(), strict_parsing=True))
        if self.answers:
            return self.answers.pop(0)
        number = len(self.forms)
        more = {name: value.format(number) if isinstance(value, str) else value for name, value in self.more.items()}
        return httpx.Response(200, json={"access_token": f"token-{number}", "token_type": "Bearer", **more})


def declared(**fields: Any) -> Probe:
    url = fields.pop("token_url", f"{BASE}/token")
    profile = OAuth2Profile("partner", url, "client", **fields)
    return probe(step("read", auth=ProfileAuth("partner")), profiles=(profile,))


def refreshing(**fields: Any) -> Probe:
    way = {"client_authentication": ClientAuthentication.NONE, "grant": Grant.REFRESH_TOKEN}
    return declared(refresh_token=text("${{ secrets.refresh }}"), **way, **fields)


def test_the_password_grant_sends_name_and_password_and_a_one_time_code() -> None:
    issuer = Issuer()
    world = World(issuer, {"password": "pässword-1", "secret": "client-secret", "seed": "MFRGGZDF"})
    passed = world.run(
        declared(
            grant=Grant.PASSWORD,
            client_authentication=ClientAuthentication.POST,
            client_secret=text("${{ secrets.secret }}"),
            username="ada",
            password=text("${{ secrets.password }}"),
            params={
                "otp": text("${{ totp(secrets.seed) }}"),
                "resource": tree(["https://a.example", "https://b.example"]),
            },
        )
    )
    assert passed.outcome is Outcome.PASSED
    code = issuer.forms[0].pop("otp")
    assert len(code[0]) == 6
    assert issuer.forms == [
        {
            "grant_type": ["password"],
            "username": ["ada"],
            "password": ["pässword-1"],
            "client_id": ["client"],
            "client_secret": ["client-secret"],
            "resource": ["https://a.example", "https://b.example"],
        }
    ]


def test_a_client_without_a_secret_names_itself_in_the_form() -> None:
    issuer = Issuer()
    World(issuer, {"refresh": "first-refresh"}).run(refreshing())
    assert issuer.forms == [
        {"grant_type": ["refresh_token"], "refresh_token": ["first-refresh"], "client_id": ["client"]}
    ]


def test_a_refresh_token_that_is_replaced_is_used_from_then_on_by_every_probe_that_declares_it() -> None:
    issuer = Issuer(refresh_token="refresh-{}", expires_in=100)
    world = World(issuer, {"refresh": "first-refresh"})
    with structlog.testing.capture_logs() as logs:
        for changed in (False, False, True):
            world.run(refreshing(scopes=("more",) if changed else ()))
            world.clock.advance(1000)
    assert [form["refresh_token"] for form in issuer.forms] == [["first-refresh"], ["refresh-1"], ["refresh-2"]]
    assert [log["event"] for log in logs] == ["token.refresh_token_replaced"]
    assert "refresh-1" not in repr(logs)


def test_after_a_restart_the_declared_refresh_token_is_used_again_and_its_refusal_says_why() -> None:
    issuer = Issuer(refresh_token="refresh-{}")
    World(issuer, {"refresh": "first-refresh"}).run(refreshing())
    restarted = World(issuer, {"refresh": "first-refresh"})
    issuer.answers = [httpx.Response(400, json={"error": "invalid_grant", "error_description": "first-refresh used"})]
    result = restarted.run(refreshing())
    assert issuer.forms[-1]["refresh_token"] == ["first-refresh"]
    assert result.failures[0].message == (
        "the token endpoint refused with 400: invalid_grant, it does not accept what the token is asked for with"
    )
    assert result.failures[0].detail == (
        "‹secrets.refresh› used; servers that replace refresh tokens accept each once: the newest is kept in memory "
        "only, so after a restart a fresh one must be put into the secret"
    )
    issuer.answers = []
    restarted.secrets["refresh"] = "fresh-one"
    assert restarted.run(refreshing()).outcome is Outcome.PASSED


def test_a_refused_renewal_loses_no_refresh_token() -> None:
    issuer = Issuer(refresh_token="refresh-{}", expires_in=100)
    world = World(issuer, {"refresh": "first-refresh"})
    world.run(refreshing())
    world.clock.advance(1000)
    issuer.answers = [httpx.Response(503, headers={"Retry-After": "7"})]
    assert world.run(refreshing()).failures[0].detail == "Retry-After: 7"
    assert world.run(refreshing()).outcome is Outcome.PASSED
    assert issuer.forms[-1]["refresh_token"] == ["refresh-1"]


@cache
def key_of(algorithm: str) -> PRIVATE:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: PRIVATE) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signing(**fields: Any) -> Probe:
    key = ClientKey(text("${{ secrets.key }}"), **fields)
    return declared(client_authentication=ClientAuthentication.PRIVATE_KEY_JWT, client_key=key)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_client_signs_who_it_is_anew_for_each_token(algorithm: str) -> None:
    issuer = Issuer(expires_in=1)
    world = World(issuer, {"key": pem(key_of(algorithm))})
    for _ in range(2):
        assert world.run(signing(algorithm=algorithm, key_id="k-1")).outcome is Outcome.PASSED
        world.clock.advance(30)
    form = issuer.forms[0]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    signed = [form["client_assertion"][0] for form in issuer.forms]
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = [
        jwt.decode(one, key_of(algorithm).public_key(), [algorithm], audience=f"{BASE}/token", options=options)
        for one in signed
    ]
    assert jwt.get_unverified_header(signed[0]) == {"alg": algorithm, "typ": "JWT", "kid": "k-1"}
    assert {claim["iss"] for claim in claims} == {claim["sub"] for claim in claims} == {"client"}
    assert [claim["exp"] - claim["iat"] for claim in claims] == [60, 60]
    assert claims[0]["iat"] == int(world.clock.now().timestamp()) - 60
    assert len(claims[0]["jti"]) == 32


def test_the_audience_can_be_another_than_the_token_endpoint() -> None:
    issuer = Issuer()
    World(issuer, {"key": pem(key_of("ES256"))}).run(
        signing(algorithm="ES256", audience="https://issuer.example", lifetime=5.0)
    )
    claims = jwt.decode(issuer.forms[0]["client_assertion"][0], options={"verify_signature": False})
    assert (claims["aud"], claims["exp"] - claims["iat"]) == ("https://issuer.example", 5)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [("no key at all", "RS256"), (lambda: pem(key_of("ES256")), "RS256"), (lambda: pem(key_of("RS256")), "ES256")],
    ids=["no PEM", "a key of a curve", "a key of RSA"],
)
def test_a_key_that_does_not_fit_is_our_error_and_is_not_shown(key: Any, algorithm: str) -> None:
    value = key if isinstance(key, str) else key()
    result = World(Issuer(), {"key": value}).run(signing(algorithm=algorithm))
    assert (result.outcome, result.failures[0].kind) == (Outcome.ERROR, FailureKind.SECRET)
    assert result.failures[0].message == f"the private key of `partner` cannot sign with {algorithm}"
    assert not any(line in repr(result) for line in value.splitlines())


def test_twenty_runs_at_once_fetch_one_token() -> None:
    issuer = Issuer()
    together = threading.Barrier(20)
    world = World(issuer, {"secret": "client-secret"})
    shared = declared(client_secret=text("${{ secrets.secret }}"))
    outcomes: list[Outcome] = []

    def run() -> None:
        together.wait(10)
        outcomes.append(world.run(shared).outcome)

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [Outcome.PASSED] * 20
    assert len(issuer.forms) == 1


def test_a_token_endpoint_that_is_too_slow_fails_the_step_that_waited_for_it() -> None:
    world = World(secrets={"secret": "client-secret"})

    def slow(request: httpx.Request) -> httpx.Response:
        world.clock.advance(20 if request.url.path == "/token" else 0)
        return httpx.Response(200, json={})

    world.handler = slow
    result = world.run(declared(client_secret=text("${{ secrets.secret }}")))
    assert (result.outcome, result.failures[0].kind) == (Outcome.FAILED, FailureKind.TIMEOUT)
    assert result.failures[0].message.startswith("fetching a token: ")


def test_who_waits_in_vain_for_anothers_token_says_so() -> None:
    world = World(Issuer(), {"secret": "client-secret"})
    shared = declared(client_secret=text("${{ secrets.secret }}"))
    key = ("shop", "local", f"partner@{shared.content_hash[:16]}")
    brief = probe(step("read", auth=ProfileAuth("partner"), timeout=0.01), profiles=tuple(shared.journey.auth.values()))
    with world.tokens.lock(key, 0):
        result = world.run(brief)
    assert result.failures[0].kind is FailureKind.TIMEOUT
    assert result.failures[0].message == (
        "another run was still fetching a token of `partner` when this step's time was over"
    )


def test_a_refusal_with_200_is_told_as_one() -> None:
    issuer = Issuer()
    issuer.answers = [httpx.Response(200, json={"error": "invalid_scope", "error_description": "x" * 500})]
    result = World(issuer, {"refresh": "first-refresh"}).run(refreshing())
    assert result.failures[0].message == (
        "the token endpoint refused with 200: invalid_scope, it does not grant these scopes"
    )
    assert len(result.failures[0].detail or "") < 250
