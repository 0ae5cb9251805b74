"""Near misses: what went wrong and was not told anybody, or nearly was not.

A soft failure is a failed run that no outage counts: the confirmation after it, or another region, said otherwise. A
flap is a change of what is believed from working to not working.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from synthmon.model.incident import Health
from synthmon.nouns import dataclass
from synthmon.reports.figures.health import Span

FLAPPING = 4  # times down in a period, from which on something goes up and down


@dataclass(frozen=True, slots=True)
class NearMisses:
    """`soft` failed runs outside of every outage , `flaky` runs, and `flaps` of health."""

    soft: int = 0
    flaky: int = 0
    flaps: int = 0

    @property
    def any(self) -> bool:
        return bool(self.soft or self.flaky or self.flapping)

    @property
    def flapping(self) -> bool:
        return self.flaps >= FLAPPING


def soft_failures(failed: Iterable[datetime], outages: Sequence[tuple[datetime, datetime]]) -> int:
    """How many runs failed, by their slots, while no outage was on; `outages` are parts of the period."""
    return sum(not any(first <= slot < last for first, last in outages) for slot in failed)


def flaps(spans: Iterable[Span]) -> int:
    """How often it went down, in the eyes of the judge: from up or degraded, outside of maintenance."""
    working = {Health.UP, Health.DEGRADED}
    seen = [span for span in spans if not span.planned and span.health is not Health.UNKNOWN]
    return sum(before.health in working and after.health is Health.DOWN for before, after in pairwise(seen))
