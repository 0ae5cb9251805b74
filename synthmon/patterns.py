"""Regular expressions that are compiled when they are first used.

Python compiles an expression in a tenth of a millisecond; a command loads a hundred of them and uses a few. After its
first use each method is the compiled expression's own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from re import compile as regular
else:

    class regular:  # noqa: N801 - stands for `re.compile`, as type checkers are told
        """What `re.compile` makes of the same, in all that is asked of it; copies and comparisons are the holder's."""

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self._given = text, flags

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            found = getattr(re.compile(*self._given), name)
            setattr(self, name, found)
            return found


__all__ = ["regular"]
