"""Light and dark: the system decides until somebody chooses, and a choice holds from the first byte on."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

import pytest

from synthmon.model.secret import Secret
from synthmon.web.looks import style
from synthmon.web.theme import themed
from tests.web.conftest import Site


def test_what_is_for_the_dark_holds_by_wish_unless_light_was_chosen_and_by_choice() -> None:
    css = themed(
        "a { color: red; } @media (prefers-color-scheme: dark) { :root { --x: 1; } b, :root i { top: 0; } } u {}"
    )
    wished, chosen = re.findall(r"@media screen[^{]*\{(.*?)\}\n?(?=@media|$| u)", css, re.DOTALL)
    assert ':root:not([data-theme="light"]) { --x: 1; }' in wished
    assert ':root:not([data-theme="light"]) b, :root:not([data-theme="light"]) i { top: 0; }' in wished
    assert ':root[data-theme="dark"] b, :root[data-theme="dark"] i { top: 0; }' in chosen
    assert css.startswith(':root[data-theme="light"] { color-scheme: light; }')
    assert "a { color: red; }" in css
    assert css.rstrip().endswith("u {}")


def test_every_colour_of_the_dark_can_be_chosen() -> None:
    names = set(re.findall(r"(--[a-z-]+):", style().partition(':root[data-theme="dark"] {')[2]))
    assert {"--ink", "--ground", "--card", "--down", "--on-accent"} <= names
    assert style().count("{") == style().count("}")


@pytest.mark.parametrize(("chosen", "attribute"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"')])
def test_a_choice_is_in_every_page_after_it(site: Site, chosen: str, attribute: str) -> None:
    form = {"theme": chosen, "next": "/incidents?x=1", "token": site.token()}
    answer = site.client.post("/theme", data=form)
    assert (303, "/incidents?x=1") == (answer.status_code, answer.headers["location"])
    assert "httponly" in answer.headers["set-cookie"].lower()
    for path in ("/", "/sign-in", "/no-such-page"):
        assert attribute in site.client.get(path).text.partition("<head>")[0]
    site.client.post("/theme", data={**form, "theme": "system"})
    assert "data-theme" not in site.client.get("/").text.partition("<head>")[0]


def test_the_choice_of_colours_leads_to_no_other_site_and_needs_our_own_form(site: Site) -> None:
    token = site.token()
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        answer = site.client.post("/theme", data={"theme": "dark", "next": target, "token": token})
        assert "/" == answer.headers["location"]
    assert 403 == site.client.post("/theme", data={"theme": "dark", "next": "/"}).status_code


def test_a_cookie_that_is_none_of_ours_changes_nothing(site: Site) -> None:
    html = site.client.get("/", headers={"cookie": 'synthmon_theme="><script>'}).text
    assert "data-theme" not in html.partition("<head>")[0]


def test_whoever_has_not_signed_in_learns_nothing_from_a_page_that_is_not_there(make_site: Callable[..., Site]) -> None:
    site = make_site(password=Secret("web_password", "correct horse"), config_problems=lambda: ("error in checkout",))
    answer = site.client.get("/no-such-page")
    assert 404 == answer.status_code
    assert not {"test", "checkout", "local"} & set(re.findall(r"\w+", answer.text.partition("<body>")[2]))


def test_a_fault_of_ours_is_told_in_the_look_of_the_rest_without_its_details(
    make_site: Callable[..., Site],
) -> None:
    def broken() -> dict[str, object]:
        raise RuntimeError("the password is 1234")

    site = make_site(probes=broken)
    answer = site.client.get("/")
    assert 500 == answer.status_code
    assert "<h1>Something broke</h1>" in answer.text
    assert "1234" not in answer.text


def test_a_foreign_name_is_answered_by_a_page_that_brings_its_own_style(site: Site) -> None:
    answer = site.client.get("/", headers={"host": "evil.example"})
    (style_,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = b64encode(sha256(style_.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert "<h1>Not under this name</h1>" in answer.text
