"""A strict cookie stays at home when somebody follows a link from another site; he arrives signed in all the same."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Route

from synthmon.model.person import Role
from tests.browser.conftest import serve
from tests.web.knowing import session


def test_a_link_in_a_message_leads_to_its_page_without_signing_in_again(tmp_path: Path, browser: Browser) -> None:
    with serve(tmp_path) as shop, browser.new_context() as context:
        name, _, value = session(shop.store, Role.VIEWER, "ada")["cookie"].partition("=")
        context.add_cookies(
            [{"name": name, "value": value, "url": shop.address, "sameSite": "Strict", "httpOnly": True}]
        )
        page = context.new_page()

        def mail(route: Route) -> None:
            route.fulfill(content_type="text/html", body=f'<a href="{shop.address}/incidents?status=open">look</a>')

        page.route("http://mail.example/", mail)
        page.goto("http://mail.example/")
        with page.expect_response(lambda answer: answer.url.startswith(shop.address)) as first:
            page.click("a")
        assert "cookie" not in first.value.request.all_headers()
        page.wait_for_selector("h1")
        page.wait_for_url(f"{shop.address}/incidents?status=open")
        page.get_by_role("link", name="ada").wait_for()
