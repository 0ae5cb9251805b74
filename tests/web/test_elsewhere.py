"""The whole dance with a real provider: there and back, without a browser, and what goes wrong on the way."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from synthmon.app import clock
from synthmon.identity.oidc.flow import begin
from synthmon.identity.oidc.place import ProviderPlace
from synthmon.identity.oidc.provider import Provider
from synthmon.model.account import Search
from synthmon.model.person import Role
from synthmon.model.secret import Secret
from tests.plain import NO_TLS
from tests.web.conftest import Site

# The package that plays the provider warns of its own libraries.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROLES = {Role.VIEWER: frozenset({"staff"}), Role.OPERATOR: frozenset({"on-call"}), Role.ADMIN: frozenset({"admins"})}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")
    with warnings.catch_warnings():
        import_module("authlib.deprecate")  # it asks that its warnings be always shown: what is said after that holds

        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, run_server_in_thread

    known = [
        User(sub="ada-1", claims={"preferred_username": "ada", "groups": ["staff", "on-call"]}),
        User(sub="mallory-7", claims={"preferred_username": "ada", "groups": ["staff"]}),  # as they call themselves now
        User(sub="eve-9", claims={"preferred_username": "eve", "groups": ["visitors"]}),
    ]
    with run_server_in_thread(require_nonce=True, user_claims=known) as server:
        yield f"http://localhost:{server.server_port}"


@dataclass
class Dance:
    """A browser without pages: our site's client, and one for the provider."""

    site: Site
    issuer: str

    def begin(self, target: str = "/incidents?tag=a") -> str:
        """Where the provider is asked; our flow's cookie is in the client's jar."""
        answer = self.site.client.get("/sign-in/elsewhere", params={"next": target})
        assert 303 == answer.status_code
        said = answer.headers["set-cookie"].lower()
        assert "samesite=lax" in said
        assert "httponly" in said
        return answer.headers["location"]

    def consent(self, address: str, subject: str = "ada-1") -> str:
        """What the provider sends the browser back to, as path and query."""
        with httpx.Client(trust_env=False, verify=NO_TLS, timeout=60.0) as browser:
            answer = browser.post(address, data={"sub": subject})
        assert answer.status_code in {302, 303}, answer.text[:300]
        parts = urlsplit(answer.headers["location"])
        assert (self.site.client.base_url.netloc.decode(), "/sign-in/callback") == (parts.netloc, parts.path)
        return f"{parts.path}?{parts.query}"

    def audit(self) -> list[tuple[str, str]]:
        return [(one.what, one.actor) for one in self.site.store.accounts.audit(Search())]


@pytest.fixture
def dance(make_site: Callable[..., Site], issuer: str) -> Dance:
    place = ProviderPlace(issuer, "synthmon", "oidc_client", roles=ROLES, title="Example <ID>")
    provider = Provider(place, lambda: Secret("oidc_client", "anything"), clock.now)
    return Dance(make_site(provider=provider, now=clock.now), issuer)


def test_somebody_signs_in_elsewhere_acts_under_that_name_and_signs_out(dance: Dance) -> None:
    site = dance.site
    assert "/sign-in?next=/incidents" == site.client.get("/incidents").headers["location"]
    assert "Sign in with Example &lt;ID&gt;" in site.client.get("/sign-in").text
    back = site.client.get(dance.consent(dance.begin()))
    assert 200 == back.status_code
    assert '<meta http-equiv="refresh" content="0;url=/incidents?tag=a">' in back.text
    cookies = back.headers.get_list("set-cookie")
    assert any("samesite=strict" in one.lower() for one in cookies if one.startswith("synthmon_session="))
    assert any('synthmon_flow=""' in one for one in cookies)
    assert ">ada</a>" in site.client.get("/incidents?tag=a").text
    incident = site.store.incidents()[0].id
    page = f"/incidents/{incident}"
    form = {"token": site.token(page), "actor": "Mallory"}
    assert 303 == site.client.post(f"{page}/acknowledge", data=form).status_code
    assert [(incident, "ada")] == site.acts.acknowledged
    assert 403 == site.client.get("/users").status_code
    out = site.client.post("/sign-out", data={"token": site.token("/incidents")})
    assert "Sign out of Example &lt;ID&gt; as well" in out.text
    assert f"{dance.issuer}/oauth2/end_session?client_id=synthmon" in out.text
    assert 303 == site.client.get("/incidents").status_code
    assert [("signed_out", "ada"), ("acknowledged", "ada"), ("signed_in", "ada")] == dance.audit()


def test_whoever_has_no_role_there_does_not_come_in_and_is_told_so(dance: Dance) -> None:
    answer = dance.site.client.get(dance.consent(dance.begin(), "eve-9"))
    assert 403 == answer.status_code
    assert "knows you as eve, but nothing there gives you a role here" in answer.text
    assert 303 == dance.site.client.get("/").status_code
    assert [("sign_in_failed", "eve")] == dance.audit()


def test_whoever_takes_the_name_of_another_there_is_not_that_one_here(dance: Dance) -> None:
    site, accounts = dance.site, dance.site.store.accounts
    site.client.get(dance.consent(dance.begin(), "ada-1"))
    (ada,) = accounts.sessions()
    site.client.cookies.clear()
    site.client.get(dance.consent(dance.begin(), "mallory-7"))
    shown = site.client.get("/account").text
    assert ">ada</a>" in shown
    assert ada.id not in shown
    form = {"token": site.token("/account")}
    assert 303 == site.client.post(f"/sessions/{ada.id}/end", data=form).status_code
    assert 303 == site.client.post("/account/sign-out", data=form).status_code
    assert [ada.id] == [one.id for one in accounts.sessions()]
    signed_in = [one for one in accounts.audit(Search()) if one.what == "signed_in"]
    assert [f"{dance.issuer} mallory-7", f"{dance.issuer} ada-1"] == [one.subject for one in signed_in]


def changed(path: str, **changes: str) -> str:
    place, _, query = path.partition("?")
    asked = {name: value for name, [value] in parse_qs(query).items()} | changes
    return f"{place}?{httpx.QueryParams(asked)}"


def without_cookie(dance: Dance, back: str) -> httpx.Response:
    dance.site.client.cookies.clear()
    return dance.site.client.get(back)


def with_another_flow(dance: Dance, back: str) -> httpx.Response:
    """The attacker's own sign-in, finished in the victim's browser."""
    dance.site.client.cookies.clear()
    dance.begin()
    return dance.site.client.get(back)


def replayed(dance: Dance, back: str) -> httpx.Response:
    """The same code again, in the very browser, with its cookie put back."""
    kept = dict(dance.site.client.cookies)
    assert 200 == dance.site.client.get(back).status_code
    dance.site.client.cookies.clear()
    return dance.site.client.get(back, headers={"cookie": f"synthmon_flow={kept['synthmon_flow']}"})


def of_another_nonce(dance: Dance, _back: str) -> httpx.Response:
    """A code that the provider gave for another nonce, under the right state and verifier."""
    address = dance.begin()
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    return dance.site.client.get(dance.consent(address.replace(nonce, begin("/").nonce)))


Attack = Callable[[Dance, str], httpx.Response]
ATTACKS: dict[str, tuple[Attack, str]] = {
    "wrong state": (lambda dance, back: dance.site.client.get(changed(back, state="guessed")), "not begun in this"),
    "no state": (lambda dance, back: dance.site.client.get(changed(back, state="")), "not begun in this browser"),
    "another browser": (without_cookie, "not begun in this browser"),
    "another's sign-in": (with_another_flow, "not begun in this browser"),
    "replayed code": (replayed, "does not prove who you are"),
    "guessed code": (lambda dance, back: dance.site.client.get(changed(back, code="guess")), "does not prove who"),
    "wrong nonce": (of_another_nonce, "does not prove who you are"),
    "another provider": (
        lambda dance, back: dance.site.client.get(changed(back, iss="https://evil.example")),
        "Another provider answered",
    ),
    "refused there": (
        lambda dance, back: dance.site.client.get(changed(back, error="<script>alert(1)</script>")),
        "&lt;script&gt;alert(1)&lt;/script&gt;",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_the_way_back_lets_nobody_in(dance: Dance, attack: str) -> None:
    way, said = ATTACKS[attack]
    answer = way(dance, dance.consent(dance.begin()))
    assert (403, True) == (answer.status_code, said in answer.text), answer.text[-900:]
    assert not [one for one in answer.headers.get_list("set-cookie") if one.startswith("synthmon_session=")]
    dance.site.client.cookies.clear()
    assert 303 == dance.site.client.get("/").status_code


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_coming_back_leads_to_no_other_site(dance: Dance, target: str) -> None:
    answer = dance.site.client.get(dance.consent(dance.begin(target)))
    assert 'content="0;url=/">' in answer.text
    assert "evil" not in answer.text


def test_while_the_provider_is_away_users_still_come_in(make_site: Callable[..., Site]) -> None:
    place = ProviderPlace("http://127.0.0.1:1", "synthmon", roles=ROLES, title="Example ID")
    site = make_site(
        provider=Provider(place, lambda: None, clock.now), password=Secret("web password", "correct horse")
    )
    answer = site.client.get("/sign-in/elsewhere?next=/incidents")
    assert 503 == answer.status_code
    assert "does not work now" in answer.text
    form: dict[str, Any] = {"password": "correct horse", "token": site.token("/sign-in"), "next": "/incidents"}
    assert "/incidents" == site.client.post("/sign-in", data=form).headers["location"]
    assert 200 == site.client.get("/incidents").status_code
