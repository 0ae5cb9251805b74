"""Holds what was said outside against what is kept: lost, doubled, paged for nothing, not paged at all.

It reads the database with SQL of its own and imports nothing of synthmon.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from tests.chaos.outside import Heard, Outage, Run


@dataclass(frozen=True, slots=True)
class Bounds:
    """In seconds: from an outage to its page, and from its end to the end of its incident, when nothing is in the way.

    `blind` is for how long the centre could not know: what began and ended in it may have been told or not.
    """

    page: float
    resolve: float
    blind: float = 0.0


@dataclass(slots=True)
class Findings:
    """The figures of a check, and what is wrong in sentences."""

    acknowledged: int = 0
    kept: int = 0
    pages: int = 0
    outages: int = 0
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = f"{self.acknowledged} acknowledged, {self.kept} kept, {self.outages} outages, {self.pages} pages"
        return "\n".join([said, *(f"PROBLEM: {problem}" for problem in self.problems)])


def check(
    address: str,
    acknowledged: set[Run],
    outages: Sequence[Outage],
    heard: Sequence[Heard],
    bounds: Bounds,
    now: float,
) -> Findings:
    """Everything at once; `address` is libpq's, `now` the time on the wall."""
    found = Findings(acknowledged=len(acknowledged), outages=len(outages))
    with psycopg.connect(address) as connection:
        _check_runs(connection, acknowledged, found)
        _check_outbox(connection, found)
    _check_pages(outages, heard, bounds, now, found)
    return found


def _check_runs(connection: psycopg.Connection[Any], acknowledged: set[Run], found: Findings) -> None:
    kept = Counter(connection.execute("SELECT probe, region, slot, kind, n FROM runs").fetchall())
    found.kept = kept.total()
    if lost := acknowledged - kept.keys():
        found.problems.append(f"{len(lost)} acknowledged results are lost, such as {sorted(lost)[:3]}")
    if twice := [run for run, times in kept.items() if times > 1]:
        found.problems.append(f"{len(twice)} runs are kept twice, such as {twice[:3]}")
    both = connection.execute(
        "SELECT count(*) FROM missed m JOIN runs r USING (probe, region, slot) WHERE r.kind = 'scheduled'"
    ).fetchone()
    if both and both[0]:
        found.problems.append(f"{both[0]} slots are both kept and missed")


def _check_outbox(connection: psycopg.Connection[Any], found: Findings) -> None:
    owed = connection.execute("SELECT count(*) FROM notifications WHERE status = 'pending'").fetchone()
    if owed and owed[0]:
        found.problems.append(f"{owed[0]} notifications are still owed")
    current = connection.execute(
        "SELECT dedup_key, count(*) FROM incidents WHERE status <> 'resolved' GROUP BY dedup_key HAVING count(*) > 1"
    ).fetchall()
    if current:
        found.problems.append(f"more than one incident is current under {current}")


def _check_pages(
    outages: Sequence[Outage], heard: Sequence[Heard], bounds: Bounds, now: float, found: Findings
) -> None:
    pages = [one for one in heard if one.track == "down" and one.severity == "page" and one.occasion == "trigger"]
    found.pages = len(pages)
    of_probe: dict[str, list[Outage]] = defaultdict(list)
    for outage in outages:
        of_probe[outage.probe].append(outage)
    for page in pages:
        began = datetime.fromisoformat(page.began_at).timestamp()
        if not any(_covers(outage, began, bounds) for outage in of_probe[page.probe]):
            found.problems.append(f"{page.probe} was paged for {page.began_at}, when its shop was well")
    ids = defaultdict(set)
    for page in pages:
        ids[page.incident, page.generation, page.body.get("cause_kind"), page.body.get("step")].add(page.id)
    for (incident, generation, *_), several in ids.items():
        if len(several) > 1:
            found.problems.append(f"incident {incident}, generation {generation}, was paged as {sorted(several)}")
    for outage in outages:
        lasts = (outage.until or now) - outage.since
        if outage.until is None and lasts > bounds.page + bounds.blind and not _told(outage, heard):
            found.problems.append(f"{outage.probe} has been down for {lasts:.0f} s, and nobody was paged")
        if outage.until is not None and now - outage.until > bounds.resolve + bounds.blind:
            _check_ended(outage, of_probe[outage.probe], heard, found)


def _covers(outage: Outage, began: float, bounds: Bounds) -> bool:
    """Whether an incident that began then can be of this outage: a run begins a little before it ends."""
    return outage.since - 2.0 <= began <= (outage.until or began) + 2.0


def _told(outage: Outage, heard: Sequence[Heard]) -> bool:
    """Whether the pager shows the outage: the last that it heard of its key is no resolve."""
    return _shown(heard).get(outage.probe) is True


def _shown(heard: Sequence[Heard]) -> Mapping[str, bool]:
    """Whether an incident of a probe stands open at the pager, which goes by the key."""
    shown: dict[str, bool] = {}
    for one in heard:
        if one.track == "down" and one.occasion in {"trigger", "resolve"}:
            shown[one.probe] = one.occasion == "trigger"
    return shown


def _check_ended(outage: Outage, all_of_it: Sequence[Outage], heard: Sequence[Heard], found: Findings) -> None:
    if outage is all_of_it[-1] and _shown(heard).get(outage.probe):
        found.problems.append(f"{outage.probe} is up again, and its page was never resolved")
