"""Every route, asked by everybody: what is declared beside it is what holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from starlette.routing import Mount, Route

from synthmon.model.person import NOBODY, Caller, Role, Way
from synthmon.model.secret import Secret
from synthmon.web import agents_api
from synthmon.web.access import Need
from synthmon.web.api.operation import Operation
from synthmon.web.guard import EXPIRED
from synthmon.web.metrics import Metrics
from synthmon.web.page import Page
from synthmon.web.site import PAGES, build_site
from tests.web import knowing
from tests.web.conftest import Site
from tests.web.test_pages import fill_path

OPEN = Caller(Way.LOOPBACK, Role.OPERATOR)
ACTING = [page for page in PAGES if "POST" in page.methods]
FORMS = [page for page in ACTING if page.form]
GUARDED_FORMS = [page for page in FORMS if page.need is not Need.PUBLIC]
EVERYBODY: Mapping[str, Role | None] = {"nobody": None, **{role.value: role for role in Role}}


@pytest.mark.parametrize(
    ("caller", "may"),
    [
        (NOBODY, {Need.PUBLIC}),
        (Caller(Way.USER, Role.VIEWER, "ada"), {Need.PUBLIC, Need.VIEWER}),
        (OPEN, {Need.PUBLIC, Need.VIEWER, Need.OPERATOR}),
        (Caller(Way.COMMAND_LINE, Role.ADMIN), set(Need)),
    ],
)
def test_a_role_includes_those_below_it(caller: Caller, may: set[Need]) -> None:
    assert may == {need for need in Need if need.is_met_by(caller)}


def test_whoever_is_known_names_nobody_else() -> None:
    assert "ada" == Caller(Way.USER, Role.OPERATOR, "ada").named(" Mallory ", "somebody")
    assert "Mallory" == OPEN.named(" Mallory ", "somebody")
    assert "somebody" == OPEN.named("  ", "somebody")
    assert "x" * 80 == OPEN.named("x" * 81, "somebody")


def test_on_loopback_nobody_is_an_admin(make_site: Callable[..., Site]) -> None:
    answer = make_site().client.get("/api/v1/agents/tokens")
    assert 403 == answer.status_code
    assert "This is for the role admin; yours is operator." in answer.text


def test_there_is_no_route_beside_the_tables(site: Site) -> None:
    """So a route without a declared need cannot be: a page has no default for it."""
    guarded = build_site(site.ports, Metrics(), None)
    routes = guarded._site.routes  # type: ignore[attr-defined]
    found = {(route.path, method) for route in routes if isinstance(route, Route) for method in route.methods or ()}
    declared = {(page.path, method) for page in PAGES for method in page.methods}
    declared |= {(call.path, call.method) for call in agents_api.CALLS}
    declared |= {("/public", "GET"), ("/public.json", "GET")}  # a read model of its own, for everybody
    declared |= {(path, "HEAD") for path, method in declared if method == "GET"}
    assert declared == found
    assert ["/static"] == [route.path for route in routes if not isinstance(route, Route) and isinstance(route, Mount)]


def test_what_changes_anything_says_what_to_the_audit() -> None:
    silent = [page.path for page in PAGES if set(page.methods) - {"GET", "HEAD"} and page.what is None]
    assert ["/theme", "/api/v1/figures"] == silent  # these change nothing but a cookie, and nothing at all


def test_everybody_may_only_what_looks_signs_in_or_proves_itself() -> None:
    public = {page.path for page in PAGES if page.need is Need.PUBLIC}
    assert {
        "/sign-in",
        "/sign-in/elsewhere",
        "/sign-in/callback",
        "/theme",
        "/synthmon.css",
        "/hooks/pagerduty/{channel}",
    } == public


@pytest.fixture
def closed(make_site: Callable[..., Site]) -> Site:
    return make_site(password=Secret("web_password", "correct horse"), here_only=False)


def ask(
    site: Site, page: Page | Operation, headers: Mapping[str, str], form: Mapping[str, str] | None = None
) -> httpx.Response:
    site.client.cookies.clear()
    method = "POST" if "POST" in page.methods else page.methods[0]
    data: Any = form if page.form else None
    return site.client.request(method, fill_path(site, page.path), headers=headers, data=data)


def is_refused(answer: httpx.Response) -> bool:
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
    return to_sign_in or (answer.status_code in {401, 403} and "signature" not in answer.text)


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_route_by_session(closed: Site, who: str) -> None:
    role = EVERYBODY[who]
    for page in PAGES:
        known = knowing.session(closed.store, role) if role else {}
        form = {"token": knowing.form_token(known), "password": "correct horse"} if role else {}
        if page.need is Need.PUBLIC or page.switch == "healthz":
            may = not page.form or role is not None
        else:
            may = role is not None and page.need <= Need[role.name]
            may = may and (page.form or page.methods == ("GET",))  # programs act with a token, never with a cookie
        answer = ask(closed, page, known, form)
        assert (page.path, page.methods, not may) == (page.path, page.methods, is_refused(answer)), answer.text[-300:]


@pytest.mark.parametrize("role", Role)
def test_every_route_by_token(closed: Site, role: Role) -> None:
    known = knowing.token(closed.store, role)
    for page in PAGES:
        may = page.need is Need.PUBLIC or page.need <= Need[role.name]
        answer = ask(closed, page, known, {})
        assert (page.path, page.methods, not may or page.form) == (page.path, page.methods, is_refused(answer))


def test_a_form_is_taken_only_from_the_browser_and_the_site_that_showed_it(closed: Site) -> None:
    ours = str(closed.client.base_url).rstrip("/")
    for page in GUARDED_FORMS:
        mine, other = (knowing.session(closed.store, Role.ADMIN, name) for name in ("ada", "bob"))
        right = {"token": knowing.form_token(mine)}
        for headers, form in (
            ({}, {}),
            ({}, {"token": ""}),
            ({}, {"token": knowing.form_token(other)}),
            ({"origin": "https://evil.example"}, right),
            ({"origin": "null"}, right),
            ({"sec-fetch-site": "cross-site"}, right),
            ({"sec-fetch-site": "same-site"}, right),
        ):
            answer = ask(closed, page, {**mine, **headers}, form)
            assert (page.path, 403, True) == (page.path, answer.status_code, EXPIRED in answer.text)
        answer = ask(closed, page, {**mine, "origin": ours, "sec-fetch-site": "same-origin"}, right)
        assert EXPIRED not in answer.text


def test_a_viewer_is_not_offered_what_only_others_may(closed: Site) -> None:
    viewer, operator = (knowing.session(closed.store, role) for role in (Role.VIEWER, Role.OPERATOR))
    allowed = {"/sign-out", "/account/sign-out", "/account/password", "/theme"}
    looked = [
        page for page in PAGES if isinstance(page, Page) and page.need is Need.VIEWER and page.methods == ("GET",)
    ]
    offered = 0
    for page in looked:
        seen, acted = ask(closed, page, viewer).text, ask(closed, page, operator).text
        found = [one for one in actions(seen) if one not in allowed and not one.startswith("/sessions/")]
        assert (page.path, []) == (page.path, found)
        assert "Admin</a>" not in seen + acted
        offered += len(set(actions(acted)) - allowed)
    assert offered >= 5
    assert "Admin</a>" in ask(closed, looked[0], knowing.session(closed.store, Role.ADMIN)).text


def actions(html: str) -> list[str]:
    """Where the forms of a page that post lead."""
    return [part.split('action="')[1].split('"')[0] for part in html.split("<form")[1:] if 'method="post"' in part]
