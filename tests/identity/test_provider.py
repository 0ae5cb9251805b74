"""What a provider may say of itself, and what becomes of it when it is away, lies, or has new keys."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx

from synthmon.errors import SecretUnavailable, SignInRefused
from synthmon.identity.oidc.flow import begin, read
from synthmon.identity.oidc.place import ProviderPlace
from synthmon.identity.oidc.provider import AT_ONCE, Provider
from synthmon.model.secret import Secret
from tests.identity.test_idtoken import CLIENT, CURVE, ISSUER, KEYS, public, token
from tests.making import NOON

BACK = "https://synthmon.example.com/sign-in/callback"
SAYS: Mapping[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "userinfo_endpoint": f"{ISSUER}/me",
    "end_session_endpoint": f"{ISSUER}/out",
}
FLOW = begin("/incidents?tag=a")


class There:
    """The provider, as routes that tests change."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.now: datetime = NOON
        self.discovery = router.get(f"{ISSUER}/.well-known/openid-configuration")
        self.keys, self.token, self.me = (
            router.get(f"{ISSUER}/keys"),
            router.post(f"{ISSUER}/token"),
            router.get(f"{ISSUER}/me"),
        )
        self.discovery.respond(json=dict(SAYS))
        self.keys.respond(json={"keys": KEYS})
        self.answer(token(nonce=FLOW.nonce, groups=["staff"]))

    def answer(self, id_token: str, **more: Any) -> None:
        self.token.respond(json={"id_token": id_token, "access_token": "an access token", **more})


@pytest.fixture
def there() -> Any:
    with respx.mock(assert_all_called=False) as router:
        yield There(router)


def provider(there: There, secret: str | None = "a:secret&") -> Provider:
    return Provider(
        ProviderPlace(ISSUER, CLIENT, title="Example ID"),
        lambda: Secret("oidc", secret) if secret else None,
        lambda: there.now,
    )


def refused(known: Provider, status: int, reason: str) -> None:
    with pytest.raises(SignInRefused) as refusal:
        known.claims("code", FLOW, BACK)
    assert (status, True) == (refusal.value.status, reason in refusal.value.reason), refusal.value.reason
    assert reason not in str(refusal.value)


def test_the_browser_is_sent_with_everything_that_guards_the_way_back(there: There) -> None:
    address = urlsplit(provider(there).address(FLOW, BACK))
    asked = {name: value for name, [value] in parse_qs(address.query).items()}
    assert ("login.example.com", "/authorize", "1") == (address.netloc, address.path, asked.pop("tenant"))
    assert {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "scope": "openid profile email",
        "state": FLOW.state,
        "nonce": FLOW.nonce,
        "code_challenge": FLOW.challenge,
        "code_challenge_method": "S256",
    } == asked
    assert 4 == len({FLOW.state, FLOW.nonce, FLOW.verifier, FLOW.challenge})


def test_the_code_is_exchanged_with_the_verifier_and_the_clients_secret(there: There) -> None:
    assert ["staff"] == provider(there).claims("the code", FLOW, BACK)["groups"]
    sent = there.token.calls.last.request
    form = {name: value for name, [value] in parse_qs(sent.content.decode()).items()}
    assert ("the code", FLOW.verifier, BACK) == (form["code"], form["code_verifier"], form["redirect_uri"])
    assert httpx.BasicAuth("synthmon", "a%3Asecret%26")._auth_header == sent.headers["authorization"]
    assert "client_secret" not in form


def test_a_client_without_a_secret_and_one_whose_secret_goes_into_the_form(there: There) -> None:
    provider(there, None).claims("code", FLOW, BACK)
    assert "authorization" not in there.token.calls.last.request.headers
    assert b"client_id=synthmon" in there.token.calls.last.request.content
    there.discovery.respond(json={**SAYS, "token_endpoint_auth_methods_supported": ["client_secret_post"]})
    provider(there).claims("code", FLOW, BACK)
    assert b"client_secret=a%3Asecret%26" in there.token.calls.last.request.content


def test_new_keys_are_asked_for_once_when_a_token_has_an_unknown_one(there: There) -> None:
    known = provider(there)
    known.claims("code", FLOW, BACK)
    there.answer(token(CURVE, "ES256", "rotated", nonce=FLOW.nonce, groups=["staff"]))
    refused(known, 403, "no key of the provider")
    assert 1 == there.keys.call_count  # a flood of such tokens is no flood of questions
    there.now += timedelta(seconds=11)
    there.keys.respond(json={"keys": [public(CURVE, "rotated")]})
    assert "ada-1" == known.claims("code", FLOW, BACK)["sub"]
    assert 2 == there.keys.call_count


def test_roles_that_are_not_in_the_token_are_looked_up_for_the_same_subject(there: There) -> None:
    there.answer(token(nonce=FLOW.nonce))
    there.me.respond(json={"sub": "ada-1", "groups": ["staff"], "nonce": "x"})
    claims = provider(there).claims("code", FLOW, BACK)
    assert (["staff"], FLOW.nonce) == (claims["groups"], claims["nonce"])
    there.me.respond(json={"sub": "mallory", "groups": ["root"]})
    refused(provider(there), 403, "about somebody else")


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"issuer": "https://evil.example"}, "it calls itself"),
        ({"issuer": None}, "it calls itself"),
        ({"token_endpoint": "http://login.example.com/token"}, "token_endpoint"),
        ({"token_endpoint": "http://127.0.0.1:8420/token"}, "token_endpoint"),
        ({"token_endpoint": 7}, "token_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
    ],
)
def test_a_provider_that_says_what_is_not_safe_is_away(there: There, says: Mapping[str, Any], reason: str) -> None:
    there.discovery.respond(json={**SAYS, **says})
    refused(provider(there), 503, reason)


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), 403, "'invalid_grant'"),
        (httpx.Response(200, json={}), 403, "no ID token"),
        (httpx.Response(200, json=[1]), 403, "no ID token"),
        (httpx.Response(200, text="<html>"), 503, "no JSON"),
        (httpx.Response(302, headers={"location": "http://169.254.169.254/"}), 403, "does not take the code: 302"),
        (httpx.Response(200, content=b"x" * (1 << 20) + b"x"), 503, "too large"),
        (httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"x")), 503, "compressed"),
        (httpx.ConnectError("refused"), 503, "ConnectError"),
        (httpx.ReadTimeout("slow"), 503, "ReadTimeout"),
    ],
    ids=["refused", "empty", "list", "page", "redirect", "endless", "compressed", "away", "slow"],
)
def test_what_it_answers_to_a_code_is_believed_only_if_it_is_a_token(
    there: There, answer: httpx.Response | Exception, status: int, reason: str
) -> None:
    there.token.mock(side_effect=[answer])
    refused(provider(there), status, reason)


def test_a_secret_that_cannot_be_had_is_told_as_such_only_in_the_log(there: There) -> None:
    def away() -> Secret | None:
        raise SecretUnavailable("the secret oidc_client is nowhere")

    refused(Provider(ProviderPlace(ISSUER, CLIENT, "oidc_client"), away, lambda: NOON), 503, "oidc_client is nowhere")


def test_keys_that_cannot_be_had_let_nobody_in(there: There) -> None:
    for answer in (httpx.Response(500), httpx.Response(200, json={"keys": "none"}), httpx.Response(200, json=7)):
        there.keys.mock(side_effect=[answer])
        refused(provider(there), 503, "keys cannot be had")


def test_where_to_sign_out_there_is_told_if_there_is_such_a_place(there: There) -> None:
    out = provider(there).end_session("https://synthmon.example.com/sign-in")
    assert (
        f"{ISSUER}/out?client_id=synthmon&post_logout_redirect_uri=https%3A%2F%2Fsynthmon.example.com%2Fsign-in" == out
    )
    there.discovery.respond(json={**SAYS, "end_session_endpoint": "javascript:alert(1)"})
    assert provider(there).end_session("x") is None
    there.discovery.respond(503)
    assert provider(there).end_session("x") is None


def test_a_flow_is_read_back_from_its_cookie_and_from_nothing_else() -> None:
    assert FLOW == read(FLOW.cookie)
    assert "/" == begin("/" + "x" * 2000).target
    for odd in ("", ".", "x", "x" * 43, "x" * 43 + ".\xff", "é" * 43 + ".Lw", f"{'x' * 43}.____", f"{'x' * 42}.Lw"):
        assert read(odd) is None or odd.startswith("x" * 43)
    assert not FLOW.is_answered_by("")
    assert not FLOW.is_answered_by("\ud800")


def test_a_provider_that_is_slow_keeps_only_some_waiting_and_the_others_hear_so_at_once(there: There) -> None:
    let_go, asked = threading.Event(), threading.Semaphore(0)

    def slowly(_request: httpx.Request) -> httpx.Response:
        asked.release()
        assert let_go.wait(20)
        return httpx.Response(200, json=dict(SAYS))

    there.discovery.mock(side_effect=slowly)
    known = provider(there)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = [pool.submit(known.address, FLOW, BACK) for _ in range(AT_ONCE)]
        try:
            assert all(asked.acquire(timeout=20) for _ in waiting)
            with pytest.raises(SignInRefused) as told:
                known.address(FLOW, BACK)
        finally:
            let_go.set()
        assert (503, "it is asked by too many at once") == (told.value.status, told.value.reason)
        assert all(one.result(20) for one in waiting)
    assert known.address(FLOW, BACK)
