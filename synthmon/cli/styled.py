"""Text with its style, before it is known whether anybody watches: on a terminal rich draws it, elsewhere it is plain.

rich is loaded where it is needed. In a pipe, where a command waits for its own start, that is for what takes more or
fewer columns than it has characters, and for what does not fit into a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthmon.nouns import dataclass

if TYPE_CHECKING:
    from rich.text import Text

_OURS = str.maketrans(dict.fromkeys("✓✗–·…→", "-"))  # signs of ours, of one column each


@dataclass(frozen=True, slots=True)
class Styled:
    """Stretches of text, each with its style in rich's words."""

    parts: tuple[tuple[str, str], ...]

    @staticmethod
    def of(text: str, style: str = "") -> Styled:
        return Styled(((text, style),))

    @property
    def plain(self) -> str:
        return "".join(text for text, _ in self.parts)

    def drawn(self) -> Text:
        """As rich has it."""
        from rich.text import Text

        if len(self.parts) == 1:
            ((text, style),) = self.parts
            return Text(text, style=style)
        return Text.assemble(*self.parts)


def columns_of(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if is_simple(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def is_simple(text: str) -> bool:
    """Whether each character certainly takes one column."""
    known = text.translate(_OURS)
    return known.isascii() and known.isprintable()


def cell(text: str, width: int, style: str = "", *, right: bool = False) -> Styled:
    """The text in exactly so many columns."""
    if is_simple(text):
        shown = text if len(text) <= width else f"{text[: width - 1]}…"
        return Styled.of(shown.rjust(width) if right else shown.ljust(width), style)
    drawn = Styled.of(text).drawn()
    drawn.truncate(width, overflow="ellipsis")
    drawn.align("right" if right else "left", width)
    return Styled.of(drawn.plain, style)
