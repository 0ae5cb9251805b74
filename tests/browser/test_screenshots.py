"""The pictures of the documentation are taken from the pages as they are: here it is seen that they can be.

`make screenshots` (SCREENSHOTS=1) writes them into docs/images. The day that they show is always the same one.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DEADLINE, Shop, admitted, serve

pytestmark = pytest.mark.browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDTH = 1100
SHOTS = {  # pixels of height
    "status": 1090,
    "run": 1190,
    "incident": 1180,
    "silences": 1260,
    "report": 1180,
    "report-probe": 1400,
    "probe": 1400,
    "incidents": 760,
    "agents": 620,
    "reports": 620,
    "wall": 760,
    "public": 900,
    "users": 560,
    "audit": 560,
}
TWICE = ("status", "run", "report")  # of all kinds of drawing there are
# Where the page is called otherwise than its picture, or the picture is of what is further down.
PAGES = {"run": ("run-failed", ""), "report-probe": ("report", "#probe-checkout")}


@dataclass(frozen=True)
class Shown:
    """A day's story, and the session of an admin."""

    shop: Shop
    cookie: str


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with serve(tmp_path_factory.mktemp("shown")) as made:
        yield Shown(made, admitted(made))


def shot(page: Page, shop: Shop, name: str) -> bytes:
    page.set_viewport_size({"width": WIDTH, "height": SHOTS[name]})
    path, place = PAGES.get(name, (name, ""))
    page.goto("about:blank")  # to the same page again it would only scroll
    page.goto(shop.address + shop.pages[path] + place)
    page.evaluate("document.fonts.ready")
    return page.screenshot(animations="disabled", caret="hide", scale="css")


def test_every_picture_can_be_taken_and_is_the_same_each_time(shown: Shown, browser: Browser) -> None:
    with browser.new_context(color_scheme="light", locale="en-GB", timezone_id="UTC") as context:
        context.set_default_timeout(DEADLINE)
        context.add_cookies([{"name": "synthmon_session", "value": shown.cookie, "url": shown.shop.address}])
        page = context.new_page()
        for name, height in SHOTS.items():
            taken = shot(page, shown.shop, name)
            assert (WIDTH, height) == struct.unpack(">II", taken[16:24]), name
            assert len(taken) > 20_000, name  # an empty page is smaller
            if name in TWICE or os.environ.get("SCREENSHOTS"):
                assert taken == shot(page, shown.shop, name), name
            if os.environ.get("SCREENSHOTS"):
                (IMAGES / f"{name}.png").write_bytes(taken)


def test_every_picture_is_shown_somewhere_and_none_is_left_over() -> None:
    root = IMAGES.parents[1]
    written = "\n".join(path.read_text("utf-8") for path in (root / "README.md", *(root / "docs").glob("*.md")))
    assert {f"{name}.png" for name in SHOTS} <= {path.name for path in IMAGES.iterdir()}
    assert [] == [path.name for path in IMAGES.iterdir() if f"images/{path.name}" not in written]
