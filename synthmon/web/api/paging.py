"""Long lists in pieces: `limit` so many, `after` a mark, and the mark of what comes next.

A mark names the last item that was seen, not a number of items: what is added meanwhile neither repeats an item nor
leaves one out.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field

from synthmon.web.api.fields import Question
from synthmon.web.api.problem import Refused, Wrong

DEFAULT, MOST = 50, 500
T = TypeVar("T")

Next = Annotated[str | None, Field(description="What to give as `after` for the next piece; null at the end.")]


class Piece(Question):
    """Which piece of a list."""

    limit: int = Field(default=DEFAULT, ge=1, le=MOST, description="At most so many items.")
    after: str | None = Field(default=None, max_length=1000, description="`next` of the piece before.")


def mark(place: Sequence[str | int]) -> str:
    """A place in a list as a word that nobody need understand."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode().rstrip("=")


def place(text: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The place again; refuses what is no mark of such a list."""
    if text is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise no_mark() from error
    if not isinstance(found, list) or [type(part) for part in found] != list(kinds):
        raise no_mark()
    if not all(_can_be(part) for part in found):
        raise no_mark()
    return tuple(found)


def _can_be(part: str | int) -> bool:
    """Whether a database takes it: JSON knows larger numbers, halves of characters, and NUL."""
    if isinstance(part, int):
        return -(1 << 53) < part < 1 << 53
    return "\0" not in part and not any("\ud800" <= char <= "\udfff" for char in part)


def no_mark() -> Refused:
    wrong = Wrong(detail="this is no `next` of this list", pointer="/after", part="query")
    return Refused(422, f"/after: {wrong.detail}", errors=[wrong])


def piece_of(
    items: Sequence[T], piece: Piece, key: Callable[[T], str], *, backwards: bool = False
) -> tuple[list[T], str | None]:
    """A piece of a list that is whole in memory, by a text that no two items share; and the mark of what follows."""
    known = place(piece.after, str)
    ordered = sorted(items, key=key, reverse=backwards)
    if known is not None:
        ordered = [one for one in ordered if (key(one) < known[0] if backwards else key(one) > known[0])]
    shown = ordered[: piece.limit]
    return shown, mark([key(shown[-1])]) if len(ordered) > piece.limit else None
