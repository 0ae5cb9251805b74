"""Charts as PNG, for mail: the same drawing gives the same bytes everywhere, whatever fonts a machine has.

This module loads the renderer and its font, so it is imported where a picture is made and nowhere else.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import resvg_py
from markupsafe import Markup

from synthmon.nouns import dataclass

SCALE = 2  # pixels of the picture per pixel shown, for sharp screens
LETTERS = 12  # pixels: the font is smaller than those of screens
FAMILY = "Source Sans Pro"
_FACES = ("SourceSansPro-Regular.ttf", "SourceSansPro-Semibold.ttf")


@dataclass(frozen=True, slots=True)
class Picture:
    """`width` and `height` are those shown; `png` has `SCALE` times as many."""

    png: bytes
    width: int
    height: int


def draw(body: Markup, size: tuple[int, int], style: str, shown: int | None = None) -> Picture:
    """The body of a drawing, with what fills it, on white, `shown` so wide. `style` knows no variables and no media."""
    width, height = size
    wide = shown or width
    high = round(height * wide / width)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" preserveAspectRatio="none" '
        f'viewBox="0 0 {width} {height}">{body}</svg>'
    )
    png = resvg_py.svg_to_bytes(
        svg_string=svg,
        style_sheet=f"{style} text {{ font-size: {LETTERS}px; }}",
        background="#ffffff",
        zoom=SCALE,
        skip_system_fonts=True,
        font_files=_fonts(),
        font_family=FAMILY,
        sans_serif_family=FAMILY,
    )
    return Picture(png, wide, high)


def _fonts() -> list[str]:
    folder = Path(str(files("font_source_sans_pro"))) / "files"
    return [str(folder / face) for face in _FACES]
