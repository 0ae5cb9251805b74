"""Writes the function that takes out of a run what may be other in the next one, for all that are built alike.

How a run is built (how many steps, exchanges and figures) is known from the sample, so that nothing has to be asked and
no loop is needed. What is written is one expression; of a run with two steps, the second of two exchanges:

    def take(run):
        s0, s1, = run.steps
        [] = run.cleanup
        s0e0, = s0.exchanges
        s1e0, s1e1, = s1.exchanges
        if s0e0.phases is not s0.phases and s0e0.phases != s0.phases: raise Otherwise
        slot = millis(run.key.slot)
        return slot, (run.outcome, ..., s0.id, ..., s0e0.url, ...), pack(run.duration * 1e6 + nought, ...)

In it stand names of fields and numbers of ours, nothing of a probe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from struct import Struct
from types import CodeType
from typing import Any

from synthmon.model.run import RunKind, RunResult, to_millis

Taken = tuple[int, tuple[Any, ...], bytes]
"""The slot in milliseconds, values, and figures as doubles; whole numbers come after seconds."""

NOUGHT = 2.0**52
"""A number from nought to here that is added to it is rounded as `round` does, and stands in the low bytes of the sum,
a double (IEEE 754) whose two highest bytes are this number's: half the work of making a whole number of it.
"""
_KINDS = {kind: number for number, kind in enumerate(RunKind)}


class Otherwise(Exception):
    """The run is built in another way than the sample."""


class Taking:
    """What is taken, in the order in which it is told here; objects go by the names that they have in the function."""

    def __init__(self) -> None:
        self._lines, self._values = list[str](), list[str]()
        self._seconds = list[str]()
        self._wholes = ["run.key.n", "kinds[run.key.kind]", "millis(run.started_at) - slot"]

    @property
    def seconds(self) -> int:
        return len(self._seconds)

    @property
    def figures(self) -> int:
        return len(self._seconds) + len(self._wholes)

    def each(self, whole: str, parts: Sequence[str]) -> None:
        """Name the objects of a tuple, which has exactly so many."""
        self._lines.append(f"[{', '.join(parts)}] = {whole}")

    def alike(self, one: str, other: str) -> None:
        self._lines.append(f"if {one} is not {other} and {one} != {other}: raise Otherwise")

    def values(self, one: str, names: Iterable[str]) -> slice:
        """Take these fields; where they will stand among all values."""
        start = len(self._values)
        self._values += [f"{one}.{name}" for name in names]
        return slice(start, len(self._values))

    def take_seconds(self, one: str, names: Iterable[str]) -> None:
        self._seconds += [f"{one}.{name} * 1e6" for name in names]

    def take_whole(self, one: str, name: str) -> None:
        self._wholes.append(f"{one}.{name}")

    def function(self) -> Callable[[RunResult], Taken]:
        """Raises what is not as in the sample: `Otherwise`, `ValueError`, `TypeError`, or `OverflowError`."""
        figures = ", ".join(f"{figure} + nought" for figure in (*self._seconds, *self._wholes))
        ends = ("slot = millis(run.key.slot)", f"return slot, ({', '.join(self._values)},), pack({figures})")
        body = "".join(f"  {line}\n" for line in (*self._lines, *ends))
        given: dict[str, Any] = {
            "Otherwise": Otherwise,
            "kinds": _KINDS,
            "millis": to_millis,
            "nought": NOUGHT,
            "pack": Struct(f"<{self.figures}d").pack,
        }
        words = ", ".join(given)
        found: dict[str, Any] = {}
        exec(_compiled(f"def write({words}):\n def take(run):\n{body} return take\n"), found)  # noqa: S102
        function: Callable[[RunResult], Taken] = found["write"](**given)
        return function


@lru_cache(maxsize=1024)
def _compiled(text: str) -> CodeType:
    """Shared by all samples that are built alike."""
    return compile(text, "<what is taken out of a run>", "exec")
