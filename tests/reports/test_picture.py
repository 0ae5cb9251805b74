"""Pictures of charts: the same bytes everywhere, and still told apart when they are grey."""

from __future__ import annotations

import struct
import zlib
from itertools import combinations
from typing import Any

import pytest
from markupsafe import Markup

from synthmon.reports.html import _templates, stylesheet
from synthmon.reports.palette import light, light_on_paper
from synthmon.reports.picture import SCALE, draw
from tests.reports.test_html import Tree

FAMILIES = {
    "states": ["up", "degraded", "down", "unknown", "maintenance"],
    "levels": ["fine", "slight", "some", "bad", "insufficient"],
    "phases": ["dns", "connect", "tls", "first_byte", "transfer"],
}
EDGE = 24  # pixels shown: three times the largest pattern, and four times the others
Grey = list[list[float]]


def macros() -> Any:
    return _templates.get_template("strip.html").module


def swatch(kind: str) -> Grey:
    """What a pattern looks like without its colours, by rows."""
    fill = 'class="s-fine"' if kind == "fine" else f'fill="url(#p-{kind})"'
    body = macros().defs() + Markup(f'<rect width="{EDGE}" height="{EDGE}" {fill}/>')
    return decoded(draw(body, (EDGE, EDGE), light(stylesheet())).png)


def decoded(png: bytes) -> Grey:
    """The luminance (ITU-R BT.601) of an eight-bit RGBA picture, after the filters of PNG (RFC 2083)."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (8, 6) == (depth, colour)
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, stride = zlib.decompress(data), 4 * width
    above, rows = bytearray(stride), []
    for y in range(height):
        kind, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        for x in range(stride):
            left, corner = (line[x - 4], above[x - 4]) if x >= 4 else (0, 0)
            guess = (0, left, above[x], (left + above[x]) // 2, paeth(left, above[x], corner))[kind]
            line[x] = (line[x] + guess) & 255
        rows.append([0.299 * line[x] + 0.587 * line[x + 1] + 0.114 * line[x + 2] for x in range(0, stride, 4)])
        above = line
    return rows


def paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


def looks(grey: Grey) -> tuple[str, float]:
    """What the marks are, and how dark it all is: plain, rows, columns, dots (isolated) or lines across."""
    flat = [value for row in grey for value in row]
    mean = sum(flat) / len(flat)
    if max(flat) - min(flat) < 12:
        return "plain", mean
    middle = (max(flat) + min(flat)) / 2
    marked = [[value > middle for value in row] for row in grey]
    if sum(map(sum, marked)) * 2 > len(flat):
        marked = [[not one for one in row] for row in marked]
    whole_rows = [all(row) for row in marked if any(row)]
    whole_columns = [all(column) for column in zip(*marked, strict=True) if any(column)]
    if all(whole_rows):
        return "rows", mean
    if all(whole_columns):
        return "columns", mean
    return ("dots" if any(not any(row) for row in marked) else "lines across"), mean


@pytest.mark.parametrize("family", FAMILIES)
def test_without_colours_each_of_a_family_looks_different(family: str) -> None:
    seen = {kind: looks(swatch(kind)) for kind in FAMILIES[family]}
    for (one, (pattern, mean)), (other, (pattern_, mean_)) in combinations(seen.items(), 2):
        assert pattern != pattern_ or abs(mean - mean_) > 25, f"{one} and {other} are {pattern}"


def test_a_picture_has_letters_wherever_it_is_made_and_is_always_the_same() -> None:
    text = Markup('<text x="10" y="20">12:00 ü – “5.00 s”</text>')
    style = light(stylesheet())
    first, second = draw(text, (200, 40), style), draw(text, (200, 40), style)
    assert first == second
    grey = decoded(first.png)
    assert (40 * SCALE, 200 * SCALE) == (len(grey), len(grey[0]))
    assert sum(value < 200 for row in grey for value in row) > 300


def test_everything_that_charts_are_filled_with_is_there() -> None:
    ids = {attrs["id"] for attrs in Tree(str(macros().patterns())).named("pattern")}
    needed = {f"p-{kind}" for family in FAMILIES.values() for kind in family if kind != "fine"} | {"p-over"}
    assert needed <= ids


def test_light_colours_are_put_in_the_places_of_variables_and_none_is_left() -> None:
    plain = light(stylesheet())
    assert "var(" not in plain
    assert ":root" not in plain
    assert "prefers-color-scheme" not in plain
    dark = "@media (prefers-color-scheme: dark) { :root { --ink: #eee; } }"
    assert "a { color: #111; }" in light(f":root {{ --ink: #111; }}\n{dark}\na {{ color: var(--ink); }}")
    with pytest.raises(KeyError, match="soft"):
        light(":root { --ink: #111; }\na { color: var(--soft); }")


def test_paper_is_white_whatever_the_screen_is() -> None:
    style = light_on_paper(stylesheet())
    assert "@media (prefers-color-scheme" not in style
    assert "@media screen and (prefers-color-scheme: dark)" in style
