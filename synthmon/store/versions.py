"""Which version of each probe was in force when, and small facts with a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.engine import Connection

from synthmon import wire
from synthmon.model.history import ProbeVersion
from synthmon.model.timing import Cron
from synthmon.nouns import dataclass
from synthmon.store.counting import Counter, hold
from synthmon.store.inserts import replace
from synthmon.store.rows import same_version
from synthmon.store.tables import notes, probe_versions
from synthmon.store.writer import one_by_one

_kept = probe_versions.c


@dataclass(frozen=True, slots=True)
class Loaded:
    """The versions of a load, and when it was."""

    versions: tuple[ProbeVersion, ...]
    at: datetime


def _record(connection: Connection, loaded: Loaded) -> None:
    hold(connection, Counter.VERSIONS)  # every replica records what it has loaded
    new = {version.probe: version for version in loaded.versions}
    in_force = connection.execute(select(probe_versions).where(_kept.until.is_(None))).all()
    for row in in_force:
        version = new.get(row.probe)
        if version is not None and same_version(_version(row), version):
            del new[row.probe]
        else:
            connection.execute(
                update(probe_versions)
                .where(_kept.number == row.number)
                .values(until=loaded.at, removed=version is None)
            )
    if new:
        connection.execute(insert(probe_versions), [_row(version, loaded.at) for version in new.values()])


record = one_by_one(_record)


def _row(version: ProbeVersion, since: datetime) -> dict[str, object]:
    return {
        "probe": version.probe,
        "content_hash": version.content_hash,
        "since": since,
        "until": None,
        "title": version.title,
        "interval": version.interval,
        "timeout": version.timeout,
        "regions": wire.dumps_ascii(version.regions),
        "yaml": version.yaml,
        "removed": False,
        "cron": str(version.cron) if version.cron is not None else None,
    }


def versions(connection: Connection, start: datetime | None, end: datetime | None) -> list[ProbeVersion]:
    query = select(probe_versions).where(_kept.until.is_(None) | (_kept.until > _kept.since))
    if start is not None:
        query = query.where(_kept.until.is_(None) | (_kept.until > start))
    if end is not None:
        query = query.where(_kept.since < end)
    return [_version(row) for row in connection.execute(query.order_by(_kept.probe, _kept.since))]


def _version(row: Row[Any]) -> ProbeVersion:
    return ProbeVersion(
        probe=row.probe,
        content_hash=row.content_hash,
        since=row.since,
        until=row.until,
        title=row.title,
        interval=row.interval,
        timeout=row.timeout,
        regions=_regions(row.regions),
        yaml=row.yaml,
        removed=row.removed,
        cron=Cron.parse(row.cron) if row.cron is not None else None,
    )


@lru_cache(maxsize=256)  # few are different, and who asks for versions asks for all
def _regions(text: str) -> tuple[str, ...]:
    return tuple(wire.loads(str(text).encode()))


def note(connection: Connection, payloads: Sequence[tuple[str, str]]) -> list[None]:
    rows = [{"name": name, "value": value} for name, value in sorted(dict(payloads).items())]
    connection.execute(replace(connection, notes, notes.c.value), rows)
    return [None] * len(payloads)


def all_notes(connection: Connection) -> dict[str, str]:
    return {row.name: row.value for row in connection.execute(select(notes))}
