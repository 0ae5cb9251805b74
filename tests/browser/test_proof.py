"""Every page, wide and narrow, light and dark, with and without a script, by keyboard: nothing is wrong with any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from synthmon.web.site import PAGES
from tests.browser.conftest import DEADLINE, Shop, admitted, serve
from tests.browser.listening import listened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LOOK, KEYS = ((Path(__file__).parent / name).read_text("utf-8") for name in ("look.js", "keys.js"))
AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FOUND = f"""async () => {{
    const found = await axe.run(document, {{ runOnly: {TAGS}, resultTypes: ["violations"] }});
    return found.violations.flatMap((one) => one.nodes.slice(0, 3).map(
        (node) => `${{one.id}}: ${{one.help}}: ${{node.html.slice(0, 160)}}`));
}}"""

CONTROLS = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter((one) => one.checkVisibility() && one.type !== "hidden" && one.tabIndex >= 0).length"""

PARTS_OF_DATES = 6  # a field of a date has stops of its own for day, month, year, hour, minute and the calendar

Scheme = Literal["light", "dark"]
SIZES: list[tuple[int, Scheme, Scheme]] = [(1440, "dark", "light"), (375, "light", "dark")]
"""Width, and the schemes one after the other; axe looks at the second, as what it adds depends on neither."""
NO_PAGES = re.compile(r"/(api/.*|metrics|healthz|readyz|synthmon\.css|.*\.md|sign-in/.+)")
ANONYMOUS = {"sign-in", "public"}


@dataclass(frozen=True)
class Proof:
    """A shop as an admin sees it who has signed in, and as nobody in particular does."""

    shop: Shop
    cookie: str

    def context(self, browser: Browser, *, width: int = 1440, script: bool = True) -> BrowserContext:
        made = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="light", java_script_enabled=script
        )
        made.set_default_timeout(DEADLINE)
        made.add_cookies([{"name": "synthmon_session", "value": self.cookie, "url": self.shop.address}])
        return made


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proof]:
    with serve(tmp_path_factory.mktemp("proof")) as shop:
        cookie = admitted(shop)
        more = {}
        other = shop.pages["run-passed"].rpartition("/")[2]
        run = shop.store.run(other)
        assert run is not None
        compared = next(row for row in shop.store.run_rows(probe=run.key.probe, limit=9) if row.id != other)
        more["run-compared"] = f"{shop.pages['run-passed']}?with={compared.id}"
        more["run-wrong"] = f"{shop.pages['run-passed']}?with=none"
        more["incidents-wrong"] = "/incidents?state=closed&probe=chekout"
        shop.pages.update(more)
        yield Proof(shop, cookie)


def visits(proof: Proof, page: Page, until: Literal["load", "domcontentloaded"] = "load") -> Iterator[str]:
    """Opens each page in turn; its name. What nobody has to sign in for is looked at by nobody in particular."""
    for name, path in sorted(proof.shop.pages.items(), key=lambda one: one[0] in ANONYMOUS):
        if name in ANONYMOUS:
            page.context.clear_cookies()
        page.goto(proof.shop.address + path, wait_until=until)
        yield name


@pytest.mark.parametrize(("width", "scheme", "other"), SIZES)
def test_nothing_is_wrong_with_any_page(
    proof: Proof, browser: Browser, width: int, scheme: Scheme, other: Scheme
) -> None:
    with proof.context(browser, width=width) as context:
        page = context.new_page()
        said = listened(page)
        wrong: dict[str, list[str]] = {}
        page.emulate_media(color_scheme=scheme)
        for name in visits(proof, page):
            found = [text for text in said if "404" not in text and "400" not in text]
            found += page.evaluate(LOOK)
            page.emulate_media(color_scheme=other)
            assert page.evaluate(f"matchMedia('(prefers-color-scheme: {other})').matches")
            found += page.evaluate(LOOK)
            page.evaluate(AXE)
            found += page.evaluate(FOUND)
            page.keyboard.press("Tab")  # the keyboard reaches every control and shows where it is
            found += page.evaluate(KEYS)
            page.emulate_media(color_scheme=scheme)
            if found:
                wrong[name] = found
            said.clear()
        assert {} == wrong


def test_without_a_script_every_page_says_the_same(proof: Proof, browser: Browser) -> None:
    with proof.context(browser) as lively, proof.context(browser, script=False) as plain:
        one, other = lively.new_page(), plain.new_page()
        missing = {}
        for name, _ in zip(*(visits(proof, page, "domcontentloaded") for page in (one, other)), strict=True):
            said, here = (set(page.inner_text("main").split("\n")) for page in (one, other))
            lost = {line for line in said - here if not re.search("updates itself|by the keys|ago", line)}
            if lost:
                missing[name] = lost
        assert {} == missing


@pytest.mark.parametrize("name", ["incident", "silences", "run-failed"])
def test_the_key_leads_through_all_controls_in_the_order_of_the_page(proof: Proof, browser: Browser, name: str) -> None:
    with proof.context(browser) as context:
        page = context.new_page()
        page.goto(proof.shop.address + proof.shop.pages[name])
        expected = page.evaluate(CONTROLS)
        seen = []
        for _ in range(expected):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
        assert sorted(seen) == seen
        assert expected <= len(set(seen)) + PARTS_OF_DATES * page.locator("[type=datetime-local]").count()


def test_the_looks_are_not_blind(proof: Proof, browser: Browser) -> None:
    with proof.context(browser) as context:
        page = context.new_page()
        page.goto(proof.shop.address)
        page.evaluate("""() => {
            document.querySelector("main p").style.color = "#c0c0c0";
            document.querySelector("h1").style.minWidth = "5000px";
            document.querySelector("nav a").textContent = "";
            document.querySelector("main").insertAdjacentHTML("beforeend", "<img src='/static/icon.svg'>");
            document.querySelector("main a").tabIndex = -1;
        }""")
        found = " ".join(page.evaluate(LOOK))
        assert [] == [words for words in ("contrast", "no name", "px wider") if words not in found]
        page.evaluate(AXE)
        assert {"image-alt", "link-name"} <= {one.partition(":")[0] for one in page.evaluate(FOUND)}
        page.keyboard.press("Tab")
        assert "cannot be reached" in " ".join(page.evaluate(KEYS))


def test_no_page_is_forgotten(proof: Proof) -> None:
    """A new page belongs into `_paths` of the conftest, or into the fixture above."""
    shown = {path.partition("?")[0] for path in proof.shop.pages.values()}
    for page in PAGES:
        if page.methods == ("GET",) and not NO_PAGES.fullmatch(page.path):
            pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", page.path))
            assert any(pattern.fullmatch(path) for path in shown), page.path
