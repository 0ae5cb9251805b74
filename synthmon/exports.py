"""Lets a room be named as a whole and loaded in part: what its `__init__` offers is imported when first asked for.

Whoever imports one file of a room runs the room's `__init__` first; if that imported all files, each would be paid for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def on_demand(room: str, offered: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """The `__getattr__` (PEP 562) of a room whose files offer these names."""
    places = {name: f"{room}.{file}" for file, names in offered.items() for name in names}

    def look_up(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        module = import_module(room)
        for one in offered[places[name].rpartition(".")[2]]:
            setattr(module, one, getattr(import_module(places[one]), one))
        return getattr(module, name)

    return look_up
