"""What is computed from a secret is a secret: finding secrets inside values, and naming what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synthmon.model.secret import Secret


def secrets_in(value: Any) -> Iterator[Secret]:
    """Every secret in a value, however deep."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secrets_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets_in(item)


def revealed(value: Any) -> Any:
    """The value with its secrets in the clear, for computing with."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, list | tuple):
        return [revealed(item) for item in value]
    if isinstance(value, Mapping):
        return {key: revealed(item) for key, item in value.items()}
    return value


def tainted(text: str, sources: Iterable[Secret]) -> Secret | str:
    """The text as a secret named after all it came from, such as `secrets.a+secrets.b`; plain if it came from none."""
    names = dict.fromkeys(name for source in sources for name in source.name.split("+"))
    return Secret("+".join(names), text) if names else text
