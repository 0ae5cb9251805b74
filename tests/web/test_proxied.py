"""Whom a proxy on the same machine brings is not on the machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synthmon.app import daemon
from synthmon.model.secret import Secret
from synthmon.settings.values import WebSettings
from tests.web.conftest import Site


@pytest.mark.parametrize("come_from", ["203.0.113.9", "10.0.0.1", "2001:db8::1", "anything", "127.0.0.1, 203.0.113.9"])
def test_where_nobody_signs_in_whoever_comes_through_a_proxy_is_let_in_nowhere(site: Site, come_from: str) -> None:
    known = {"x-forwarded-for": come_from}
    assert 200 == site.client.get("/").status_code
    assert (303, "/sign-in?next=/") == (
        (answer := site.client.get("/", headers=known)).status_code,
        answer.headers["location"],
    )
    assert 401 == site.client.get("/api/v1/status", headers=known).status_code
    assert 200 == site.client.get("/healthz", headers=known).status_code


NAME = "synthmon.example.com"


def test_by_the_declared_name_a_proxy_leads_to_the_pages_but_lets_nobody_in(make_site: Callable[..., Site]) -> None:
    site = make_site(hosts=frozenset({"127.0.0.1", NAME}))
    assert 200 == site.client.get("/").status_code
    assert 303 == site.client.get("/", headers={"host": NAME}).status_code


def test_behind_a_proxy_on_the_same_machine_people_sign_in(make_site: Callable[..., Site]) -> None:
    site = make_site(hosts=frozenset({"127.0.0.1", NAME}), password=Secret("web password", "correct horse"))
    known = {"host": NAME, "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "origin": f"https://{NAME}"}
    page = site.client.get("/sign-in", headers=known)
    token = page.text.split('name="token" value="')[1].split('"')[0]
    cookie = page.headers["set-cookie"].partition(";")[0]
    form = {"name": "", "password": "correct horse", "token": token}
    answer = site.client.post("/sign-in", data=form, headers={**known, "cookie": cookie})
    assert (303, "/") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize(
    ("web", "names"),
    [
        (WebSettings(url=f"https://{NAME}/"), {"127.0.0.1", "::1", "localhost", NAME}),
        (WebSettings(), {"127.0.0.1", "::1", "localhost"}),
        (WebSettings(host="0.0.0.0", url=f"https://{NAME}"), None),
    ],
    ids=["declared", "not declared", "for all"],
)
def test_the_pages_answer_to_the_names_that_lead_there(web: WebSettings, names: set[str] | None) -> None:
    assert names == daemon._hosts(web)
