"""How many examples a property is tried with: few in every build, each time others; `make deep` tries many more."""

from __future__ import annotations

import os

DEPTH = int(os.environ.get("TESTS_DEPTH", "1"))


def times(examples: int) -> int:
    """So many in a build, and a multiple of it where somebody asks for depth."""
    return examples * DEPTH
