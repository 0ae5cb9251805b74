"""A report on paper: what is folded on the page is printed all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from synthmon.model.run import Outcome
from synthmon.reports.html import render
from tests.making import row
from tests.reports.test_html import material, report

pytestmark = pytest.mark.browser


def test_what_is_folded_is_printed(page: Page, tmp_path: Path) -> None:
    fine = material(rows=[row(one.slot, Outcome.PASSED) for one in material().rows], results=[], incidents=[])
    probes = [replace(fine, name=f"probe-{number}", changes=[], objectives=(), missed=[]) for number in range(13)]
    path = tmp_path / "report.html"
    path.write_text(render(report(*probes)), "utf-8")
    page.goto(path.as_uri())
    last = page.locator("#probe-probe-9").get_by_role("heading", name="Latency against budget", include_hidden=True)
    more = page.get_by_label("Was not down").locator("details li").first
    expect(more).to_be_hidden()
    page.emulate_media(media="print")
    expect(more).to_be_visible()
    expect(last).to_be_visible()
