"""PostgreSQL too finds what reports, pages and the judge ask for by an index, in tables of some thousand rows.

Its planner is asked as it is: nothing is switched off, so that an index that would not be worth it is not used either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import NullPool, create_engine, event, text
from sqlalchemy.engine import Connection

from synthmon.model.run import to_millis
from synthmon.store import abreast, partitions
from tests.store.test_plans import ASKED
from tests.store.test_rollups import FULL
from tests.store.values import MIDNIGHT

DAY = timedelta(days=1)

# 40 probes in three regions: runs of two months, one in six hours; what is kept of 230 days; a missed slot a day.
_SEED = """
INSERT INTO runs (slot, id, arrival, probe, region, kind, n, outcome, started_at, duration, latency, failed_step,
                  failure_kind, message, flaky, late, suspect, cleanup_failed, dictionary, document, evidence)
SELECT :first + at * 21600000, CAST(md5(concat(probe, '/', region, '/', at)) AS uuid), at * 120 + probe * 3 + region,
       'probe-' || probe, 'region-' || region, 'scheduled', 0, 'passed', :first + at * 21600000, 0.4, 0.4,
       NULL, NULL, NULL, false, 0.001, false, false, 0, decode(repeat('c0ffee', 100), 'hex'), at % 100 = 0
FROM generate_series(CAST(0 AS bigint), 159) AS at, generate_series(1, 40) AS probe, generate_series(0, 2) AS region;
INSERT INTO missed (probe, region, slot, reason) SELECT 'probe-' || probe, 'region-0', :first + day * 86400000, 'gone'
FROM generate_series(CAST(0 AS bigint), 39) AS day, generate_series(1, 40) AS probe;
INSERT INTO health_changes (probe, region, at, health, reason)
SELECT 'probe-' || probe, NULL, :first + day * 86400000, 'up', 'well'
FROM generate_series(CAST(0 AS bigint), 79) AS day, generate_series(1, 40) AS probe;
UPDATE judge SET watermark = 9999999;
INSERT INTO judge (name, watermark) SELECT 'judge', 9999999 WHERE NOT EXISTS (SELECT FROM judge);
"""
_TOTALS = """
INSERT INTO rollup_totals (probe, bucket, region, until, passed, degraded, failed, error, skipped, missed, due, planned,
                     good, bad, flaky, cleanup_failed, over_budget, budget, last, judged, latency, detail)
SELECT 'probe-' || probe, :first + (day - 190) * 86400000, '', :first + (day - 189) * 86400000,
       4, 0, 0, 0, 0, 0, 4, 0, 86400, 0, 0, 0, 0, NULL, NULL, NULL,
       decode(repeat('c0ffee', 30), 'hex'), decode(repeat('c0ffee', 200), 'hex')
FROM generate_series(CAST(0 AS bigint), 229) AS day, generate_series(1, 40) AS probe
"""
_QUARTERS = """
INSERT INTO rollups (bucket, probe, document)
SELECT :first + (day - 190) * 86400000, 'probe-' || probe, :document
FROM generate_series(CAST(0 AS bigint), 229) AS day, generate_series(1, 40) AS probe
"""

# By what is asked: the columns of the index that it is found by, as they stand in its name.
WANTED: dict[str, str | tuple[str, ...]] = {
    "rollups of all probes": "ix_rollup_totals_bucket",
    "rollups of one probe": "pk_rollups",
    "what came late": "arrival_idx",
    "runs of a probe": "probe_slot_idx",
    "the last runs of a probe": "probe_slot_idx",
    "missed slots of a probe": ("pk_missed", "ix_missed_slot"),  # a day of all, or all days of one
    "a run by its id": "pkey",
    "what the judge has not seen": "arrival_idx",
    "changes of health of a probe": "ix_health_changes_probe_region_at",
    "changes of health of all probes": "ix_health_changes_probe_region_at",
    "changes of health to forget": "ix_health_changes_at",
}


def seed(connection: Connection) -> set[str]:
    """The names of the tables that are large then; that an empty month is read whole costs nothing."""
    first = MIDNIGHT - 20 * DAY
    partitions.make(connection, {partitions.month_of(first + n * DAY) for n in range(50)})
    values = {"first": to_millis(first)}
    for statement in filter(str.strip, _SEED.split(";")):
        connection.execute(text(statement), values)
    connection.execute(text(_QUARTERS), values | {"document": abreast.pack([FULL])})
    connection.execute(text(_TOTALS), values)
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return set(connection.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 1000")))


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_each_is_found_by_its_index_and_no_table_is_read_whole(postgres_url: str) -> None:
    large, plans = ask_all(postgres_url)
    assert large >= {"rollups", "rollup_totals", "missed", "health_changes", "runs_2026_11"}
    for what, index in WANTED.items():
        used = [node["Index Name"] for node in plans[what] if "Index Name" in node]
        read = {node.get("Relation Name") for node in plans[what] if node["Node Type"] == "Seq Scan"}
        assert [name for name in used if name.endswith(index)], (what, used)
        assert not read & large, (what, read)
    assert WANTED.keys() == ASKED.keys()
    # The newest runs come in the order of the index, newest month first, and are not sorted whole.
    sorts = [node for node in plans["the last runs of a probe"] if node["Node Type"] == "Sort"]
    assert not {one.get("Relation Name") for sort in sorts for one in nodes(sort)} & large


def ask_all(address: str) -> tuple[set[str], dict[str, list[dict[str, Any]]]]:
    """The large tables, and what the planner would do, by what is asked."""
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as connection:
        large = seed(connection)
    asked: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cur, sql, values, _x, _m: asked.append((sql, values)))
    found: dict[str, list[dict[str, Any]]] = {}
    with engine.connect() as connection:
        for what, ask in ASKED.items():
            asked.clear()
            ask(connection)
            cursor = connection.connection.cursor()
            for sql, values in tuple(asked):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", values)
                (told,) = cursor.fetchone() or ("[]",)
                (one,) = told if isinstance(told, list) else json.loads(told)
                found.setdefault(what, []).extend(nodes(one["Plan"]))
            cursor.close()
    engine.dispose()
    return large, found
