"""Lines that fit: what is too long for the terminal hangs under its beginning, and no line ends in blanks."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

GAP = "  "
NARROWEST = 24  # columns that a hanging text needs to be readable


def hang(console: Console, before: Text | str, text: Text | str) -> None:
    """Print `before` and then the text, whose further lines begin where its first one does."""
    head, body = (Text(part) if isinstance(part, str) else part for part in (before, text))
    room = max(8, console.width - head.cell_len)
    for number, line in enumerate(body.wrap(console, room, overflow="fold")):
        put(console, head if number == 0 else Text(" " * head.cell_len), line)


def put(console: Console, *parts: Text | str) -> None:
    """Print the parts as one line, however long it is."""
    line = Text.assemble(*parts)
    line.rstrip()
    console.print(line, soft_wrap=True)


def cell(text: str, width: int, style: str = "", *, right: bool = False) -> Text:
    """The text in exactly so many columns."""
    made = Text(text, style=style)
    made.truncate(width, overflow="ellipsis")
    made.align("right" if right else "left", width)
    return made


def table(console: Console, headings: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    """Columns as wide as they must be; the last one hangs. Where that does not fit, a block per row."""
    widths = [max(len(heading), *(row[at].cell_len for row in rows)) for at, heading in enumerate(headings[:-1])]
    if console.width < sum(widths) + len(GAP) * len(widths) + NARROWEST:
        for row in rows:
            _block(console, headings, row)
        return
    put(
        console,
        Text(
            GAP.join(f"{heading:<{width}}" for heading, width in zip(headings, [*widths, 0], strict=True)),
            style="bright_black",
        ),
    )
    for row in rows:
        before = Text()
        for text, width in zip(row, widths, strict=False):
            padded = text.copy()
            padded.align("left", width)
            before.append_text(padded).append(GAP)
        hang(console, before, row[-1])


def _block(console: Console, headings: Sequence[str], row: Sequence[Text]) -> None:
    """The first two cells on a line, each further one that is not empty under them with its heading."""
    hang(console, Text.assemble(row[0], GAP), row[1])
    for heading, text in zip(headings[2:], row[2:], strict=True):
        if text:
            hang(console, Text(f"{GAP}{heading} ", style="bright_black"), text)
