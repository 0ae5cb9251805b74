"""What a file holds, made safe to show: control characters written out, long lines cut, hidden parts left out."""

from __future__ import annotations

from collections.abc import Iterable

from synthmon.nouns import dataclass

BEFORE, AFTER = 60, 100  # characters of a line shown before the start of the marked place, and after it
_CLIP = 60
_HIDDEN = "‹hidden›"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line around a problem, safe to print: what precedes the marked place, the place, and what follows it."""

    before: str
    marked: str
    after: str

    @property
    def text(self) -> str:
        return f"{self.before}{self.marked}{self.after}"


def visible(text: str) -> str:
    """The text with everything a terminal would obey, or not show, written out."""
    if text.isprintable():
        return text
    return "".join(map(_visible_character, text))


def _visible_character(character: str) -> str:
    if character == "\t":
        return "→"
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"\\u{{{code:x}}}"


def quoted(value: object) -> str:
    """A value from a file as it stands in a message: on one line, bounded, in backticks."""
    text = visible(str(value))
    return f"`{text if len(text) <= _CLIP else text[: _CLIP - 1] + '…'}`"


def excerpt(line: str, column: int, length: int, hidden: Iterable[tuple[int, int]] = ()) -> Excerpt:
    """The part of `line` worth showing; `hidden` are [start, end) ranges of it, counted from 0, that must not be."""
    start = min(max(column - 1, 0), len(line))
    end = min(start + max(length, 1), len(line), start + AFTER)
    first, last = max(0, start - BEFORE), min(len(line), start + AFTER)
    ranges = tuple(hidden)
    before = ("…" if first else "") + _shown(line, (first, start), ranges)
    after = _shown(line, (end, last), ranges) + ("…" if last < len(line) else "")
    return Excerpt(before, _shown(line, (start, end), ranges), after)


def _shown(line: str, part: tuple[int, int], hidden: tuple[tuple[int, int], ...]) -> str:
    position, end = part
    shown = []
    for first, last in sorted(hidden):
        if first >= end or last <= position:
            continue
        # a range that reaches over several parts is named in the part where it begins
        shown.append(visible(line[position:first]) + _HIDDEN if first >= position else "")
        position = min(last, end)
    return "".join([*shown, visible(line[position:end])])
