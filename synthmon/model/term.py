"""A term of leadership: from when on which process judges, and its number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Term:
    """`epoch` grows with every term of an installation; `instance` names the process that began it `since` then."""

    epoch: int
    instance: str
    since: datetime
