"""Where a part of a text stands in the file it was written in."""

from __future__ import annotations

from synthmon.probefile.document import Document, Spot
from synthmon.probefile.node import ScalarNode

_OPEN = "${{"


def place_of(document: Document, node: ScalarNode, offset: int, length: int = 1) -> Spot:
    """The place of the character at `offset` of the node's value.

    Quotes, escapes and the folding of long texts make the value differ from what is written, so the place is counted
    from the `${{` before it, which is written the same everywhere; without one it is the node.
    """
    value = str(node.data)
    written = document.text[node.start.index : node.end.index]
    if value in written and written.count(value) == 1:
        return document.at(node.start.index + written.index(value) + offset, length)
    opening = value.rfind(_OPEN, 0, offset + len(_OPEN))
    opening = opening if opening <= offset else value.rfind(_OPEN, 0, offset)
    if opening < 0 or value.count(_OPEN) != written.count(_OPEN):
        return document.spot(node)
    at = -1
    for _ in range(value.count(_OPEN, 0, opening + len(_OPEN))):
        at = written.index(_OPEN, at + 1)
    return document.at(node.start.index + at + offset - opening, length)
