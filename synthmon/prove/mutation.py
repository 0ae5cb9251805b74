"""One kind of fault, what it makes of an answer, and why it may not apply: the words that the list is written in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from synthmon.nouns import dataclass
from synthmon.prove.replay import Change
from synthmon.prove.subject import Subject

Remedy: TypeAlias = "Mapping[str, Any]"
"""What to write into a step so that a fault is noticed: keys of a step, as YAML reads them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer with one thing wrong. `place`: the path, header, cookie or phase; `words` end a sentence that begins
    with the step. Nothing of a secret's value is in them.
    """

    mutation: str
    step: str
    place: str
    words: str
    making: Callable[[], Change]
    remedy: Remedy | None = None

    @property
    def change(self) -> Change:
        """Made when it is asked for: a thousand faults of a large answer would be a thousand large answers."""
        return self.making()


def given(change: Change) -> Callable[[], Change]:
    """For a fault of which there are few: its change, made already."""
    return lambda: change


@dataclass(frozen=True, slots=True)
class Excuse:
    """A fault that does not apply there, and the reason."""

    mutation: str
    step: str
    place: str
    reason: str


Made: TypeAlias = "Iterator[Fault | Excuse]"


@dataclass(frozen=True, slots=True)
class Mutation:
    """`what` says what is wrong with the answer then; `make` yields every fault of the kind that one step can have."""

    id: str
    what: str
    make: Callable[[Mutation, Subject], Made]
