"""A value inside a page of HTML -> the regular expression that takes it from there."""

from __future__ import annotations

import re

_BEFORE = 60  # characters in front of a value that may be needed to find it


def pattern_around(page: str, value: str) -> str | None:
    """`name="csrf" value="([^"]+)"`; None if the value is not there once, or nothing in front of it tells it apart."""
    if page.count(value) != 1:
        return None
    at = page.index(value)
    before = page[max(0, at - _BEFORE) : at]
    tag = before.rfind("<")
    lead = (before[tag:] if tag >= 0 else before).rpartition("\n")[2]
    closing = page[at + len(value) : at + len(value) + 1]
    if len(lead.strip()) < 4 or closing not in ("'", '"', "<", ";", "&") or closing in value:
        return None
    pattern = f"{_escaped(lead)}([^{closing}]+)"
    found = re.findall(pattern, page)
    return pattern if found == [value] else None


def _escaped(text: str) -> str:
    """As RE2 reads it, and no more than is needed: it is read by people."""
    return re.sub(r"([\\.^$|?*+()\[\]{}])", r"\\\1", text)
