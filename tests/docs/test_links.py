"""Links between the pages lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, anchor, page

ROOT = DOCS.parent
PAGES = sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
OUTSIDE = ["../README.md", "../ARCHITECTURE.md", "../CHANGELOG.md"]


@pytest.mark.parametrize("name", PAGES + OUTSIDE)
def test_a_link_leads_to_a_file_and_to_a_heading_of_it(name: str) -> None:
    broken = []
    for link in page(name).links:
        target, _, fragment = link.partition("#")
        if "://" in target:
            continue
        path = ((DOCS / name).parent / target) if target else DOCS / name
        if not path.is_file() or (fragment and not _has_heading(path, fragment)):
            broken.append(link)

    assert broken == []


def _has_heading(path: Path, fragment: str) -> bool:
    return path.suffix == ".md" and fragment in {anchor(heading) for heading in page(str(path)).headings}
