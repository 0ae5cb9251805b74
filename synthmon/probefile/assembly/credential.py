"""A text of a credential: rendered like any other, and never written out in a file."""

from __future__ import annotations

from synthmon.model.text import Text
from synthmon.probefile.assembly.literal import check_literal
from synthmon.probefile.assembly.texts import Moment, text
from synthmon.probefile.assembly.work import Work
from synthmon.probefile.node import Node, ScalarNode


def credential(work: Work, node: Node | None, moment: Moment, key: str, *, certain: bool = False) -> Text:
    """The text; `key` is what it is called where it is written out though it is a secret, as some keys say by name.

    `certain`: it is one, whatever it is called.
    """
    if not isinstance(node, ScalarNode):
        return ""
    value = text(work, node, moment)
    check_literal(work, key, value, node, certain=certain)
    return value
