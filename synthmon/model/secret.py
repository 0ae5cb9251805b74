"""The secret type: a value that has no text form of its own, and says which secret it is instead."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A tainted text. `name` says which (`secrets.shop_password`, `captures.token`), never what."""

    name: str
    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself; call it only where it goes onto the wire to the target or into the scrubber."""
        return self._value

    @property
    def shown(self) -> str:
        return f"‹{self.name}›"

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"Secret({self.shown})"

    def __format__(self, spec: str) -> str:
        return format(self.shown, spec)
