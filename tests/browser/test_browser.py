"""The pages in a real browser: they run without a complaint, without a script, on a telephone and in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from synthmon.model.incident import Decision, IncidentStatus
from synthmon.reports.html import render
from tests.browser import story
from tests.browser.conftest import DEADLINE, Shop, desk, serve
from tests.browser.listening import listened
from tests.making import at

pytestmark = pytest.mark.browser

LOOK = (Path(__file__).parent / "look.js").read_text("utf-8")
expect.set_options(timeout=DEADLINE)


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A page in a browser that runs no script."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(DEADLINE)
    yield context.new_page()
    context.close()


def test_without_a_script_every_page_shows_what_it_is_about(shop: Shop, plain: Page) -> None:
    headings = {
        "status": "1 down, 1 degraded, 2 unknown",
        "probe": "Customer can check out checkout",
        "incidents": "Incidents",
        "incident": 'Customer can check out is down: step "Pay" answered 500, expected 201',
        "reports": "Reports",
        "report": "Monday, 2 March 2026",
        "missing": "Not here",
    }
    for name, heading in headings.items():
        plain.goto(shop.address + shop.pages[name])
        expect(plain.locator("h1")).to_have_text(heading)


def test_without_a_script_one_walks_from_the_status_to_the_evidence_and_acknowledges(shop: Shop, plain: Page) -> None:
    plain.goto(shop.address)
    plain.get_by_role("link", name="Customer can check out is down").click()
    plain.get_by_role("link", name="the run that shows it").click()
    expect(plain.get_by_text("payment gateway timed out")).to_be_visible()
    plain.goto(shop.address + shop.pages["incident"])
    acknowledge(plain, shop)


def acknowledge(page: Page, shop: Shop) -> None:
    page.get_by_label("Your name", exact=True).fill("Ada")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("h1 + .tag")).to_have_text("acknowledged")
    expect(page.locator("dd", has_text="by Ada")).to_be_visible()
    found = shop.store.incident(shop.pages["incident"].split("/")[-1])
    assert found is not None
    assert (IncidentStatus.ACKNOWLEDGED, "Ada") == (found.status, found.acknowledged_by)


def test_acknowledging_works_and_is_seen_on_the_status_page(shop: Shop, page: Page) -> None:
    said = listened(page)
    page.goto(shop.address + shop.pages["incident"])
    acknowledge(page, shop)
    page.get_by_role("link", name="Status").click()
    expect(page.get_by_text("acknowledged by Ada")).to_be_visible()
    assert [] == said


def test_the_status_page_shows_a_new_run_without_being_loaded_again(shop: Shop, page: Page) -> None:
    said = listened(page)
    page.goto(shop.address)
    page.evaluate("window.stillTheSamePage = true")
    line = page.get_by_label("Newsletter can be ordered")
    expect(line).to_contain_text("first run within 10 min")
    shop.store.keep([story.result("newsletter", "eu-central", at(-1))])
    expect(line.get_by_label("Last runs of newsletter: 1 passed")).to_be_visible()
    assert page.evaluate("window.stillTheSamePage")
    expect(page.get_by_text("updates itself")).to_be_visible()
    assert [] == said


def test_the_status_page_shows_an_incident_end_by_itself(shop: Shop, page: Page) -> None:
    page.goto(shop.address)
    expect(page.locator("h2").first).to_have_text("3 open incidents")
    ended = [
        replace(one, status=IncidentStatus.RESOLVED, resolved_at=at(0)) for one in shop.store.incidents(current=True)
    ]
    shop.store.apply(Decision(shop.store.gather().watermark, incidents=tuple(ended)))
    expect(page.get_by_text("No open incident")).to_be_visible()


def test_what_somebody_is_typing_is_never_swapped_away(shop: Shop, page: Page) -> None:
    page.goto(shop.address + shop.pages["incident"])
    field = page.get_by_label("Your name", exact=True)
    field.fill("Ada")
    field.blur()
    found = shop.store.incidents(probe="checkout")[0]
    wider = replace(found, regions=(*found.regions, "ap-south"))
    shop.store.apply(Decision(shop.store.gather().watermark, incidents=(wider,)))
    for _ in range(2):
        page.wait_for_event("response", lambda answer: answer.url.endswith(shop.pages["incident"]))
    expect(field).to_have_value("Ada")


def test_a_page_says_when_it_cannot_be_fresh_and_when_it_is_again(
    shop: Shop, page: Page, context: BrowserContext
) -> None:
    page.goto(shop.address)
    context.set_offline(True)
    expect(page.get_by_text("No connection to the server. This page shows how it was at")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_text("updates itself")).to_be_visible()


def test_a_run_that_was_asked_for_shows_itself_when_it_has_ended(shop: Shop, plain: Page) -> None:
    plain.goto(shop.address + shop.pages["probe"])
    plain.get_by_role("button", name="Run now in us-east").click()
    expect(plain.locator("h1")).to_have_text("Running")
    shop.store.keep([shop.asked_for])
    expect(plain.locator("h1")).to_contain_text("Customer can check out us-east")


def test_the_first_stop_of_the_keyboard_skips_to_the_content(shop: Shop, page: Page) -> None:
    page.goto(shop.address)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Wall")).to_be_focused()


def test_signing_in_leads_to_where_one_wanted_and_signing_out_closes_it(tmp_path: Path, page: Page) -> None:
    said = listened(page)
    with serve(tmp_path, password="correct horse battery") as shop:
        page.goto(shop.address + "/incidents")
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("h1")).to_have_text("Incidents")
        assert "" == page.evaluate("document.cookie")  # no script can read the session
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        page.goto(shop.address)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        assert [] == said


def test_a_page_of_another_site_may_not_frame_ours(shop: Shop, page: Page, tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text(f'<iframe src="{shop.address}/"></iframe>', "utf-8")
    page.goto(other.as_uri())
    (framed,) = page.main_frame.child_frames
    assert "open incident" not in framed.content()
    page.goto(shop.address)
    assert "open incident" in page.content()


def test_a_report_opened_as_a_file_is_styled_and_asks_for_nothing(
    shop: Shop, page: Page, tmp_path: Path, make_report: Callable[[Shop], str]
) -> None:
    said = listened(page)
    path = tmp_path / "report.html"
    path.write_text(make_report(shop), "utf-8")
    page.goto(path.as_uri())
    # The style has been applied, so its hash is the one in the policy.
    assert "none" != page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
    assert [] == said


@pytest.fixture
def make_report(tmp_path: Path) -> Callable[[Shop], str]:
    return lambda shop: render(desk(shop.store, tmp_path).daily(date(2026, 3, 2), at(0), story.PROBES))


def test_a_page_that_freshens_itself_keeps_the_focus_the_place_and_what_is_open(shop: Shop, page: Page) -> None:
    page.goto(shop.address)
    link = page.locator('[data-row][href="/probes/login"]')
    link.focus()
    page.evaluate("scrollTo(0, 120)")
    place = page.evaluate("scrollY")
    page.evaluate("document.querySelector('[data-row][href=\"/probes/login\"]').remembered = true")
    shop.store.keep([story.result("newsletter", "eu-central", at(-1))])
    expect(page.get_by_label("Last runs of newsletter: 1 passed")).to_be_visible()
    expect(link).to_be_focused()
    assert (place, True) == (page.evaluate("scrollY"), link.evaluate("link => link.remembered"))


def test_typing_into_the_filter_narrows_the_page_and_its_address(shop: Shop, page: Page) -> None:
    said = listened(page)
    page.goto(shop.address)
    page.keyboard.press("/")
    expect(page.get_by_label("Text")).to_be_focused()
    page.keyboard.type("login")
    expect(page.locator("h1")).to_have_text("1 up")
    expect(page).to_have_url(f"{shop.address}/?q=login")
    expect(page).to_have_title("1 up · synthmon shop")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Customer can log in")).to_be_focused()
    assert [] == said


def test_keys_lead_through_the_pages_until_somebody_switches_them_off(shop: Shop, page: Page) -> None:
    page.goto(shop.address)
    page.keyboard.press("?")
    box = page.get_by_role("dialog", name="Keys")
    expect(box).to_be_visible()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page.locator("h1")).to_have_text("Incidents")
    expect(page.get_by_text("updates itself")).to_be_visible()  # the keys are heard from now on
    page.keyboard.press("?")
    page.get_by_label("Single keys do these things").uncheck()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.keyboard.press("?")
    expect(box).to_be_visible()
    expect(page).to_have_url(shop.address + "/incidents")


def test_a_choice_of_colours_is_remembered_without_a_script(shop: Shop, plain: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    plain.goto(shop.address)
    light = plain.evaluate(ground)
    plain.get_by_role("button", name="Dark").click()
    plain.goto(shop.address + "/incidents")
    assert light != plain.evaluate(ground)
    plain.get_by_role("button", name="As the system").click()
    assert light == plain.evaluate(ground)


def test_a_telephone_shows_the_wall_and_short_lines_without_sticking_out(shop: Shop, page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    for path in ("/?wall=1", "/?view=compact", "/?q=nothing+like+this"):
        page.goto(shop.address + path)
        assert (path, []) == (path, page.evaluate(LOOK))


def test_paper_shows_what_is_known_and_nothing_to_press(shop: Shop, page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(shop.address)
    assert "rgb(255, 255, 255)" == page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert [] == page.evaluate("""[...document.querySelectorAll("form, nav, button, input, select")]
        .filter((element) => element.getClientRects().length).map((element) => element.outerHTML)""")
    expect(page.get_by_text("Newsletter can be ordered")).to_be_visible()
