"""What a place that holds secrets can be asked."""

from __future__ import annotations

from typing import Protocol


class Provider(Protocol):
    def value(self, name: str) -> str | None:
        """The value, None where this place has none; raises `SecretUnavailable` if that cannot be told."""
        ...

    def hint(self, name: str) -> str:
        """How to put it there, behind `set it there or …`."""
        ...
