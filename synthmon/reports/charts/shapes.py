"""Many rectangles as one path, so that a chart of hundreds of them stays small."""

from __future__ import annotations

from collections.abc import Iterable

from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """`x` and `width` in per cent, `y` and `height` in pixels from the top; `label` is what a pointer is told."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""
    label: str = ""


def path(boxes: Iterable[Box]) -> str:
    """For a drawing with the view box `0 0 100 HEIGHT` that is stretched to its place: nothing in it has a stroke."""
    return "".join(f"M{_n(box.x)} {_n(box.y)}h{_n(box.width)}v{_n(box.height)}h{_n(-box.width)}z" for box in boxes)


def steps(points: Iterable[tuple[float, float, float]], base: float) -> str:
    """What fills everything from `base` up to a line of steps, without seams: (x, y, width) from left to right."""
    parts: list[str] = []
    end: float | None = None
    for x, y, width in points:
        if end is None or abs(end - x) > 1e-6:
            parts.append(f"V{_n(base)}z" if parts else "")
            parts.append(f"M{_n(x)} {_n(base)}")
        parts.append(f"V{_n(y)}H{_n(x + width)}")
        end = x + width
    return "".join(parts) + f"V{_n(base)}z" if parts else ""


def _n(value: float) -> str:
    return f"{round(value, 2):g}"
