"""What admins do about users, tokens and sessions, what everybody does about their own, and what the audit shows."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from synthmon.identity.apitokens import ApiTokens
from synthmon.model.account import Entry, Search
from synthmon.model.person import Role, Way
from synthmon.model.secret import Secret
from synthmon.web.browsers import known_as
from synthmon.web.metrics import Metrics
from synthmon.web.server import WebServer, listen
from synthmon.web.site import build_site
from tests.making import at
from tests.plain import NO_TLS
from tests.web import knowing
from tests.web.conftest import API_TOKEN, Site

GOOD = "correct horse battery"
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


class Person:
    """Somebody with a session, who fills in forms."""

    def __init__(self, site: Site, role: Role, name: str | None = None) -> None:
        self.site, self.known = site, knowing.session(site.store, role, name)

    def get(self, path: str) -> str:
        return self.site.client.get(path, headers=self.known).text

    def post(self, path: str, **form: str) -> tuple[int, str]:
        said = {"token": knowing.form_token(self.known), **form}
        answer = self.site.client.post(path, data=said, headers=self.known)
        return answer.status_code, answer.text


@pytest.fixture
def closed(make_site: Callable[..., Site]) -> Site:
    return make_site(here_only=False)


@pytest.fixture
def admin(closed: Site) -> Person:
    return Person(closed, Role.ADMIN, "root")


def audit(site: Site) -> list[tuple[str, str, str, str]]:
    found = site.store.accounts.audit(Search())
    return [(one.what, one.actor, one.target, one.detail) for one in reversed(found)]


def sign_in(site: Site, name: str, password: str) -> int:
    site.client.cookies.clear()
    form = {"name": name, "password": password, "token": site.token("/sign-in")}
    return site.client.post("/sign-in", data=form).status_code


def test_an_admin_makes_a_user_who_then_signs_in_under_another_role_and_no_more(closed: Site, admin: Person) -> None:
    assert 303 == admin.post("/users", name="Ada", role="viewer", password=GOOD)[0]
    assert 303 == admin.post("/users/ada", do="role", role="operator")[0]
    assert 303 == sign_in(closed, "ada", GOOD)
    assert 303 == admin.post("/users/ada", do="password", password=f"{GOOD} 2")[0]
    assert 303 == closed.client.get("/").status_code  # signed out by it
    assert 401 == sign_in(closed, "ada", GOOD)
    ApiTokens(closed.store.accounts, lambda: at(600)).add("grafana", Role.VIEWER, None, "ada")
    assert "grafana" not in admin.get("/users")
    assert 303 == admin.post("/users/ada", do="disable")[0]
    assert 401 == sign_in(closed, "ada", f"{GOOD} 2")
    listed = admin.get("/users")
    assert ">disabled</span>" in listed
    assert "the token grafana still holds" in listed
    assert 303 == admin.post("/users/ada", do="enable")[0]
    assert 303 == sign_in(closed, "ada", f"{GOOD} 2")
    assert [
        ("user_added", "root", "ada", "role viewer"),
        ("role_changed", "root", "ada", "role operator"),
        ("signed_in", "ada", "", ""),
        ("password_changed", "root", "ada", ""),
        ("sign_in_failed", "ada", "", "wrong name or password"),
        ("user_disabled", "root", "ada", ""),
        ("sign_in_failed", "ada", "", "wrong name or password"),
        ("user_enabled", "root", "ada", ""),
        ("signed_in", "ada", "", ""),
    ] == audit(closed)


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/users", {"name": HOSTILE, "role": "viewer", "password": GOOD}, "no name for a user"),
        ("/users", {"name": "ada", "role": "root", "password": GOOD}, "no such role"),
        ("/users", {"name": "ada", "role": "viewer", "password": "short"}, "12 to 200 characters"),
        ("/users", {"name": "root", "role": "viewer", "password": GOOD}, "a user root already"),
        ("/users", {}, "no such role"),
        ("/users/nobody", {"do": "disable"}, "no such user"),
        ("/users/root", {"do": "disable"}, "Another admin has to"),
        ("/users/root", {"do": "role", "role": "viewer"}, "Another admin has to"),
        ("/users/ROOT", {"do": "role", "role": "viewer"}, "Another admin has to"),
        ("/users/root", {"do": "fly"}, "It is the role"),
        ("/tokens", {"name": HOSTILE, "role": "viewer"}, "no name for a token"),
        ("/tokens", {"name": "x", "role": "viewer", "life": "soon"}, "no length of time"),
        ("/tokens", {"name": "x", "role": "viewer", "life": "0s"}, "ten years at most"),
        ("/tokens", {"name": "x", "role": "king"}, "no such role"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    closed: Site, admin: Person, path: str, form: dict[str, str], said: str
) -> None:
    status, html = admin.post(path, **form)
    assert (400, True) == (status, said in html)
    assert "<img" not in html
    assert "\u202e" not in html
    assert GOOD not in html
    assert [] == audit(closed)


def test_a_token_is_shown_once_opens_by_its_role_and_ends_when_it_is_revoked(closed: Site, admin: Person) -> None:
    status, html = admin.post("/tokens", name="grafana", role="viewer", life="90d")
    assert 200 == status
    text = re.findall(r"<code>(synthmon_api_[A-Za-z0-9_-]{43})</code>", html)[0]
    assert text not in admin.get("/tokens")
    known = {"authorization": f"Bearer {text}"}
    assert 200 == closed.client.get("/metrics", headers=known).status_code
    assert 403 == closed.client.get("/api/v1/users", headers=known).status_code
    token = closed.store.accounts.api_tokens()[0]
    assert 303 == admin.post(f"/tokens/{token.id}/revoke")[0]
    assert 401 == closed.client.get("/metrics", headers=known).status_code
    assert 303 == admin.post(f"/tokens/{token.id}/revoke")[0]
    shown = f"grafana ({token.id})"
    assert [("token_added", "root", shown, "role viewer"), ("token_revoked", "root", shown, "")] == audit(closed)


def test_whoever_acts_by_token_or_session_is_named_so_whatever_they_say(closed: Site) -> None:
    path = f"/api/v1/incidents/{closed.store.incidents()[0].id}/acknowledge"
    token = knowing.token(closed.store, Role.OPERATOR)
    closed.client.post(path, json={"actor": "Mallory"}, headers=token)
    closed.client.post(path, json={"actor": "ada"}, headers={"authorization": f"Bearer {API_TOKEN}"})
    assert ["for-operator", "ada"] == [actor for _, actor in closed.acts.acknowledged]
    found = [(one.actor, one.way) for one in closed.store.accounts.audit(Search())]
    assert [("ada", Way.COMMAND_LINE), ("for-operator", Way.TOKEN)] == found


def test_one_ends_ones_own_sessions_and_only_an_admin_those_of_others(closed: Site, admin: Person) -> None:
    ada, again, bob = (Person(closed, Role.VIEWER, name) for name in ("ada", "ada", "bob"))
    sessions = {one.name: one.id for one in closed.store.accounts.sessions()}
    bob.post(f"/sessions/{sessions['ada']}/end")
    assert "Where you are signed in" in ada.get("/account")
    assert "192.0.2.7" in ada.get("/account")
    ada.post("/account/sign-out")
    assert {"bob", "root"} == {one.name for one in closed.store.accounts.sessions()}
    admin.post(f"/sessions/{sessions['bob']}/end", back="users")
    assert {"root"} == {one.name for one in closed.store.accounts.sessions()}
    assert again.get("/account") == ""
    assert ["signed_out_everywhere", "session_ended"] == [what for what, *_ in audit(closed)]


def test_one_changes_ones_own_password_only_with_the_present_one(closed: Site, admin: Person) -> None:
    admin.post("/users", name="ada", role="viewer", password=GOOD)
    ada, elsewhere = Person(closed, Role.VIEWER, "ada"), Person(closed, Role.VIEWER, "ada")
    new = {"new": f"{GOOD} 2", "again": f"{GOOD} 2"}
    assert "present password is not right" in ada.post("/account/password", old="wrong", **new)[1]
    assert "passwords differ" in ada.post("/account/password", old=GOOD, new="x" * 12, again="y" * 12)[1]
    assert 303 == ada.post("/account/password", old=GOOD, **new)[0]
    assert "Where you are signed in" in ada.get("/account")
    assert elsewhere.get("/account") == ""
    assert 303 == sign_in(closed, "ada", f"{GOOD} 2")


def test_signing_in_again_begins_a_new_session_and_ends_the_one_before(closed: Site, admin: Person) -> None:
    admin.post("/users", name="ada", role="viewer", password=GOOD)
    known = Person(closed, Role.VIEWER, "ada").known  # somebody else may have given the browser this one
    page = closed.client.get("/sign-in", headers=known).text
    form = {"name": "ada", "password": GOOD, "token": page.split('name="token" value="')[1].split('"')[0]}
    answer = closed.client.post("/sign-in", data=form, headers=known)
    assert 303 == answer.status_code
    assert answer.cookies["synthmon_session"] not in known["cookie"]
    assert 303 == closed.client.get("/", headers=known).status_code


def test_whose_password_is_not_kept_here_cannot_change_it(make_site: Callable[..., Site]) -> None:
    site = make_site(password=Secret("web password", GOOD))
    assert 303 == sign_in(site, "", GOOD)
    assert "Change your password" not in site.client.get("/account").text
    answer = site.client.post("/account/password", data={"token": site.token("/account"), "old": GOOD})
    assert 403 == answer.status_code
    assert 200 == site.client.get("/users").status_code  # whoever knows it makes the first users


def test_the_audit_is_searched_by_name_kind_and_day_and_leafed_through(closed: Site, admin: Person) -> None:
    for number in range(120):
        who = "ada" if number % 2 else HOSTILE
        entry = Entry(at(number), "acknowledged", who, Way.USER, Role.OPERATOR, "192.0.2.1", f"t-{number:03}", HOSTILE)
        closed.store.accounts.write_down(entry)
    html = admin.get("/audit")
    assert ("t-119" in html, "t-070" in html, "t-069" in html) == (True, True, False)
    assert "<img" not in html
    older = re.findall(r'href="(/audit\?below=[0-9]+)">Older', html)[0]
    assert "t-069" in (page := admin.get(older))
    assert 'href="/audit?">Newest' in page or 'href="/audit">Newest' in page
    found = admin.get("/audit?actor=ada&what=acknowledged&from=2026-03-02&until=2026-03-02")
    assert ("t-119" in found, "t-118" in found) == (True, False)
    assert "Nothing that fits" in admin.get("/audit?from=2026-03-03")
    assert "Nothing that fits" in admin.get("/audit?what=flown")
    assert "A day is written like" in admin.get("/audit?from=yesterday")
    assert "A day is written like" in admin.get("/audit?until=9999-12-31")
    assert "t-119" in admin.get("/audit?below=x")


def test_the_api_gives_the_audit_piece_by_piece(closed: Site) -> None:
    for number in range(7):
        closed.store.accounts.write_down(Entry(at(number), "noted", "ada", Way.USER, Role.OPERATOR, "", f"t-{number}"))
    known, seen = knowing.token(closed.store, Role.ADMIN), list[str]()
    after: str | None = ""
    while after is not None:
        query = {"limit": "3", **({"after": after} if after else {})}
        piece = closed.client.get("/api/v1/audit", params=query, headers=known).json()
        seen += [one["target"] for one in piece["items"]]
        after = piece["next"]
    assert [f"t-{number}" for number in reversed(range(7))] == seen
    odd = closed.client.get("/api/v1/audit", params={"after": "WyJ4Il0"}, headers=known)
    assert 422 == odd.status_code


def test_the_api_makes_and_changes_users_and_never_repeats_a_password(closed: Site) -> None:
    known = knowing.token(closed.store, Role.ADMIN)
    made = closed.client.post("/api/v1/users", json={"name": "ada", "role": "viewer", "password": GOOD}, headers=known)
    assert (201, "ada", "viewer") == (made.status_code, made.json()["name"], made.json()["role"])
    for body, status in (
        ({"do": "role", "role": "admin"}, 200),
        ({"do": "disable"}, 200),
        ({"do": "password", "password": "hunter2-is-short"[:11]}, 422),
        ({"do": "password"}, 422),
        ({"do": "fly"}, 422),
    ):
        answer = closed.client.post("/api/v1/users/ada", json=body, headers=known)
        assert (body, status) == (body, answer.status_code)
        assert "hunter2" not in answer.text
    assert 404 == closed.client.post("/api/v1/users/bob", json={"do": "enable"}, headers=known).status_code
    [listed] = [
        one for one in closed.client.get("/api/v1/users", headers=known).json()["items"] if one["name"] == "ada"
    ]
    assert ("admin", True) == (listed["role"], listed["disabled_at"] is not None)


def test_a_link_from_another_site_goes_on_by_itself_before_anybody_is_asked_to_sign_in(closed: Site) -> None:
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    first = closed.client.get("/incidents?tag=%22%3E%3Cscript%3E", headers=elsewhere)
    assert 200 == first.status_code
    assert 'content="0;url=/incidents?tag=%22%3E%3Cscript%3E"' in first.text
    assert "open incident" not in first.text
    own = closed.client.get("/incidents?tag=a", headers={**elsewhere, "sec-fetch-site": "same-origin"})
    assert "/sign-in?next=/incidents%3Ftag%3Da" == own.headers["location"]


def test_without_anybody_who_could_sign_in_the_page_says_how_to_make_somebody(closed: Site) -> None:
    assert "synthmon users add NAME --role admin" in closed.client.get("/sign-in").text


@pytest.mark.parametrize(
    ("proxies", "address"), [((), "10.1.2.3"), (("10.0.0.0/8",), "203.0.113.9")], ids=["unknown", "named"]
)
def test_only_a_proxy_that_is_named_is_believed_about_where_somebody_comes_from(
    make_site: Callable[..., Site], proxies: tuple[str, ...], address: str
) -> None:
    site = make_site(password=Secret("web password", GOOD))
    listener = listen("127.0.0.1", 0)
    server = WebServer(build_site(site.ports, Metrics(), None), listener, proxies)
    server.start()
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", trust_env=False, verify=NO_TLS, timeout=60.0
        ) as client:
            token = client.get("/sign-in").text.split('name="token" value="')[1].split('"')[0]
            said = {"x-forwarded-for": "203.0.113.9, 10.1.2.3"}  # through one on another machine, and one on this
            client.post("/sign-in", data={"name": "ada", "password": "x", "token": token}, headers=said)
    finally:
        server.stop()
    assert [address] == [one.address for one in site.store.accounts.audit(Search())]


def test_a_form_that_is_too_large_is_not_read_to_its_end(closed: Site) -> None:
    answer = closed.client.post("/sign-in", content=b"x=" + b"y" * 70_000)
    assert 413 == answer.status_code


@pytest.mark.parametrize(
    ("open_to_all", "healthz", "metrics"),
    [(frozenset({"healthz"}), 200, 401), (frozenset[str](), 401, 401), (frozenset({"healthz", "metrics"}), 200, 200)],
)
def test_health_and_metrics_have_their_own_switch(
    make_site: Callable[..., Site], open_to_all: frozenset[str], healthz: int, metrics: int
) -> None:
    site = make_site(here_only=False, open_to_all=open_to_all)
    health = site.client.get("/healthz")
    assert (healthz, metrics) == (health.status_code, site.client.get("/metrics").status_code)
    assert "version" not in health.text
    assert "version" in site.client.get("/healthz", headers=knowing.token(site.store, Role.VIEWER)).json()


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1", "Safari on iPhone"),
        ("curl/8.11", "curl/8.11"),
        ("", "–"),
    ],
)
def test_a_browser_is_called_as_people_know_it(said: str, known: str) -> None:
    assert known == known_as(said)


def test_the_audit_hears_of_what_was_done_and_of_nothing_that_was_only_looked_at(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(acknowledge=lambda _incident, actor: actor != "late")
    incident = site.store.incidents()[0].id

    def post(path: str, **form: str) -> None:
        site.client.post(path, data={"token": site.token("/silences"), **form})

    asked = {"kind": "silence", "probe": "checkout", "for": "2h", "reason": "new disks", "author": "ada"}
    post("/silences", **asked, preview="1")
    post("/silences", **{**asked, "for": "soon"})
    post("/silences/none/lift")
    post(f"/incidents/{incident}/annotate", what="note", text="")
    post(f"/incidents/{incident}/acknowledge", actor="late")
    post("/probes/checkout/run", region="nowhere-else")
    post("/probes/none/run", region="local")
    assert [("run_asked_for", "somebody on this machine", "checkout in nowhere-else", "")] == audit(site)
    post("/silences", **asked)
    post(f"/incidents/{incident}/acknowledge", actor="late", note="on my way")
    post(f"/incidents/{incident}/acknowledge", actor="ada")
    post(f"/incidents/{incident}/annotate", what="cause", text="a disk", actor="bob")
    done = [(what, actor, target) for what, actor, target, _ in audit(site)[1:]]
    assert [
        ("silence_added", "ada", "probe checkout"),
        ("noted", "late", incident),
        ("acknowledged", "ada", incident),
        ("cause_set", "bob", incident),
    ] == done
