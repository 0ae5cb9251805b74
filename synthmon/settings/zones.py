"""The name of a time zone -> the zone; UTC needs no database of zones, and not every machine has one."""

from __future__ import annotations

from datetime import UTC, tzinfo


def zone_of(name: str) -> tzinfo:
    """Raises what `ZoneInfo` raises: `KeyError` for an unknown name, `ValueError` or `OSError` for a path."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # here, because not every machine needs it

    return ZoneInfo(name)
