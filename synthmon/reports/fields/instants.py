"""Instants as JSON has them."""

from __future__ import annotations

from datetime import datetime


def instant(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
