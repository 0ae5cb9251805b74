"""What somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

# Likeness is dear to compute, and the choices may be the keys of an object that a target sent.
_MOST_CHOICES = 1000
_LONGEST = 64  # characters


def did_you_mean(word: str, choices: Iterable[str]) -> str | None:
    """The nearest of the choices, or None when none is near; case, `-` and `_` make no difference."""
    from difflib import get_close_matches  # here, because what is right needs no suggestion

    known = sorted(choice for choice in islice(choices, _MOST_CHOICES) if len(choice) <= _LONGEST)
    folded = {_folded(choice): choice for choice in reversed(known)}
    close = get_close_matches(_folded(word[:_LONGEST]), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def _folded(word: str) -> str:
    return word.lower().replace("-", "_")
