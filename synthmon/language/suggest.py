"""What somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """The nearest of the choices, or None when none is near."""
    known = sorted(choices)
    folded = {choice.lower().replace("-", "_"): choice for choice in reversed(known)}
    close = get_close_matches(word.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None
