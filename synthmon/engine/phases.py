"""The phases of an exchange from the marks between them."""

from __future__ import annotations

from synthmon.model.run import Phases

_NAMES = ("dns", "connect", "tls", "send", "first_byte", "transfer")
_LAST = len(_NAMES) - 1
KEPT, PLAIN, SECURE = (3, 4, 5), (0, 1, 3, 4, 5), (0, 1, 2, 3, 4, 5)


def answered(sent: int, first: int, total: int) -> Phases:
    """The phases of an exchange over a connection that was there, to its end: as `phases_of` finds them."""
    begun = max(sent, first)
    return Phases(
        None, None, None, sent / 1e6, (begun - sent) / 1e6, (total - begun) / 1e6 if total > begun else 0.0, total / 1e6
    )


def phases_of(marks: tuple[int, ...], places: tuple[int, ...], total: int, took: float) -> tuple[Phases, str]:
    """The phases between marks, in microseconds from the beginning, and which was the last. What did not happen is
    None; the one that was going on, whose mark is missing, has what is left. `took`: of our own looking up.
    """
    spent: list[float | None] = [None] * len(_NAMES)
    at, phase = 0, _LAST
    for place in places:
        mark = marks[place]
        if not mark and place != _LAST:
            spent[place], phase = max(0, total - at) / 1e6, place
            break
        spent[place] = (mark - at) / 1e6 if mark > at else 0.0
        at = max(at, mark)
    if took:
        spent[0] = (spent[0] or 0.0) + took
    dns, connect, tls, send, first_byte, transfer = spent
    return Phases(dns, connect, tls, send, first_byte, transfer, total / 1e6 + took), _NAMES[phase]
