"""Lines that fit: what is too long for the terminal hangs under its beginning, and no line ends in blanks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthmon.cli.plain import Plain
from synthmon.cli.styled import Styled, is_simple

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    Shown = Text | Styled | str

GAP = "  "
NARROWEST = 24  # columns that a hanging text needs to be readable


def hang(console: Console | Plain, before: Shown, text: Shown) -> None:
    """Print `before` and then the text, whose further lines begin where its first one does."""
    if isinstance(console, Plain):
        head, body = _plain(before), _plain(text)
        if is_simple(head + body) and len(head + body) <= console.width:
            put(console, head, body)
            return
        console = console.rich
    drawn, rest = _drawn(before), _drawn(text)
    room = max(8, console.width - drawn.cell_len)
    for number, line in enumerate(rest.wrap(console, room, overflow="fold")):
        put(console, drawn if number == 0 else " " * drawn.cell_len, line)


def put(console: Console | Plain, *parts: Shown) -> None:
    """Print the parts as one line, however long it is."""
    if isinstance(console, Plain):
        line = "".join(map(_plain, parts))
        if line.isprintable():
            console.print(line.rstrip())
            return
        console = console.rich
    from rich.text import Text

    drawn = Text.assemble(*map(_drawn, parts))
    drawn.rstrip()
    console.print(drawn, soft_wrap=True)


def _plain(part: Shown) -> str:
    return part if isinstance(part, str) else part.plain


def _drawn(part: Shown) -> Text:
    from rich.text import Text

    return part.drawn() if isinstance(part, Styled) else Text(part) if isinstance(part, str) else part


def table(console: Console | Plain, headings: Sequence[str], rows: Sequence[Sequence[Shown]]) -> None:
    """Columns as wide as they must be; the last one hangs. Where that does not fit, a block per row."""
    if isinstance(console, Plain):
        lines = _simple_lines(headings, [[_plain(cell) for cell in row] for row in rows])
        if all(is_simple(line) and len(line) <= console.width for line in lines):
            for line in lines:
                put(console, line)
            return
        console = console.rich
    _draw(console, headings, [[_drawn(cell) for cell in row] for row in rows])


def _simple_lines(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """As the table is where each character takes one column, and there is room."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)][:-1]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=False)] for row in (headings, *rows))
    return [GAP.join((*cells, row[-1])) for cells, row in zip(padded, (headings, *rows), strict=True)]


def _draw(console: Console, headings: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
    widths = [max([len(heading), *(row[at].cell_len for row in rows)]) for at, heading in enumerate(headings[:-1])]
    if console.width < sum(widths) + len(GAP) * len(widths) + NARROWEST:
        for row in rows:
            _block(console, headings, row)
        return
    from rich.text import Text

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
    from rich.text import Text

    hang(console, Text.assemble(row[0], GAP), row[1])
    for heading, text in zip(headings[2:], row[2:], strict=True):
        if text:
            hang(console, Text(f"{GAP}{heading} ", style="bright_black"), text)
