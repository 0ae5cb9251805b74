"""Links between the pages lead somewhere."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS, anchor, page

PAGES = ["probe-format.md", "configuration.md"]


@pytest.mark.parametrize("name", PAGES)
def test_a_link_to_a_section_leads_to_a_heading(name: str) -> None:
    broken = []
    for link in page(name).links:
        target, _, fragment = link.partition("#")
        if "://" in target or not fragment or not (DOCS / (target or name)).is_file():
            continue
        if fragment not in {anchor(heading) for heading in page(target or name).headings}:
            broken.append(link)

    assert broken == []
