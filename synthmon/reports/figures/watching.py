"""How the watching itself went: how late runs began, which slots passed without one, who judged, clocks that leapt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import TypeVar

from synthmon.model.histogram import Histogram
from synthmon.model.run import FailureKind
from synthmon.nouns import dataclass

T = TypeVar("T", bound=str)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was noted of synthmon itself: at what instant, and which process, or by how many seconds."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Watching:
    """`late` is by how many seconds runs began after their slots. `missed` are slots by reason, `unjudged` runs that
    could not judge, by kind of failure. `terms` are the processes that began to judge, `jumps` those of clocks."""

    late: Histogram = field(default_factory=Histogram)
    missed: Mapping[str, int] = field(default_factory=dict)
    unjudged: Mapping[FailureKind, int] = field(default_factory=dict)
    terms: tuple[Happening, ...] = ()
    jumps: tuple[Happening, ...] = ()


def watching(
    late: Iterable[Histogram],
    missed: Mapping[str, int],
    kinds: Iterable[Mapping[FailureKind, int]],
    terms: Sequence[Happening],
    jumps: Sequence[Happening],
) -> Watching:
    """The sums over probes, what is most first."""
    whole = Histogram()
    for one in late:
        whole.merge(one)
    counts: dict[FailureKind, int] = {}
    for kind, count in ((kind, count) for one in kinds for kind, count in one.items() if kind.is_ours and count):
        counts[kind] = counts.get(kind, 0) + count
    return Watching(whole, _most_first(missed), _most_first(counts), tuple(terms), tuple(jumps))


def _most_first(counts: Mapping[T, int]) -> dict[T, int]:
    return dict(sorted(((name, count) for name, count in counts.items() if count), key=lambda one: (-one[1], one[0])))
