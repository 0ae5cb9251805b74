"""The pages under docs/, as their tests see them: sections with the keys of their tables, and fenced blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
_HEADING = re.compile(r"^#+ (.+)$")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_KEY_ROW = re.compile(r"^\| (`[^|]*`) \|")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the line at which the text begins."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of Markdown."""

    path: Path
    text: str

    @property
    def blocks(self) -> list[Block]:
        return [
            Block(found[1], found[2], self.text.count("\n", 0, found.start(2)) + 1)
            for found in _FENCE.finditer(self.text)
        ]

    @property
    def prose(self) -> str:
        """The page without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def headings(self) -> list[str]:
        return [found[1] for line in self.prose.splitlines() if (found := _HEADING.match(line))]

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def keys(self, heading: str) -> list[str]:
        """The keys in the first column of the tables below a heading, down to the next heading of any level."""
        keys: list[str] = []
        here = False
        for line in self.prose.splitlines():
            if found := _HEADING.match(line):
                here = found[1] == heading
            elif here and (row := _KEY_ROW.match(line)):
                keys += re.findall(r"`([^`]+)`", row[1])
        return keys


def page(name: str) -> Page:
    path = DOCS / name
    return Page(path, path.read_text(encoding="utf-8"))


def anchor(heading: str) -> str:
    """The fragment by which a heading is linked to."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
