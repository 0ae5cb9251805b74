"""Quarters and hours as one row for all regions of a probe; runs with narrower indexes, and no gap in their rows.

Rollups outlive the runs that they were counted from, so they are written anew from themselves: texts, numbers and
counts stay as they are, in another order. What stands here is the format of this revision, whatever becomes of it.
"""

import json
import zlib
from collections.abc import Sequence
from itertools import chain, groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from synthmon.errors import MalformedDocument

revision = "0018"
down_revision = "0017"

# In the order of characters on PostgreSQL as well, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COLUMNS = (
    "probe, bucket, region, latency, detail, until - bucket, passed, degraded, failed, error, skipped, missed, due,"
    ' planned, good, bad, flaky, cleanup_failed, over_budget, budget, "last" - bucket, judged - bucket'
)
BATCH = 500

# As in 0017, but that a document, which begins at a multiple of four, comes before the texts, which begin anywhere; and
# no room is left in pages of indexes whose entries come in their order: nothing is put between them later.
MAKE = """
CREATE OR REPLACE FUNCTION synthmon_make_partition(month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  first date := date_trunc('month', month)::date;
  part text := 'runs_' || to_char(first, 'YYYY_MM');
  columns text;
  ascending regclass;
BEGIN
  IF to_regclass(quote_ident(part)) IS NOT NULL THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('synthmon_make_partition'));
  IF to_regclass(quote_ident(part)) IS NOT NULL THEN RETURN false; END IF;
  IF (SELECT count(*) FROM pg_inherits WHERE inhparent = 'runs'::regclass) >= 600 THEN
    RAISE EXCEPTION 'runs has 600 months already, so % is not made', part
      USING ERRCODE = 'program_limit_exceeded', HINT = 'is a clock wrong?';
  END IF;
  SELECT string_agg(
    format('%I %s', attname, format_type(atttypid, atttypmod))
      || CASE WHEN attcollation = 0 THEN '' ELSE ' COLLATE ' || attcollation::regcollation END
      || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END,
    ', ' ORDER BY attlen < 0, attlen DESC, atttypid <> 'bytea'::regtype, attnum)
    INTO columns FROM pg_attribute WHERE attrelid = 'runs'::regclass AND attnum > 0 AND NOT attisdropped;
  EXECUTE format('CREATE TABLE %I (%s)', part, columns);
  EXECUTE format('ALTER TABLE runs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
    (extract(epoch FROM first::timestamp AT TIME ZONE 'UTC') * 1000)::bigint,
    (extract(epoch FROM (first + interval '1 month')::timestamp AT TIME ZONE 'UTC') * 1000)::bigint);
  FOR ascending IN
    SELECT indexrelid::regclass FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = quote_ident(part)::regclass AND attname IN ('slot', 'arrival') AND indpred IS NULL
  LOOP
    EXECUTE format('ALTER INDEX %s SET (fillfactor = 100)', ascending);
  END LOOP;
  RETURN true;
END $$
"""

OLD_WORDS = (
    b',"cleanup":{"":1},"unverified":{"":"checks are switched off"},"certificates":{":443":"2026-12-01T00:00:00.000Z"},'
    b'"within":[[0.5,900.0,15],[1.0,3600.0,60]],"failed":[[1795392000000],[60000]],'
    b'"releases":[[1795392000000,"1.0.0",15]],null,{"connect":1,"dns":1,"tls":1,"schema":1,"body":1,"timeout":1,"status":1}'
    b'{"numbers":[[141,3]],"phases":["connect","dns","first_byte","send","tls","total","transfer"],"steps":[["'
    b'{"numbers":[[73,3]],"phases":["connect","dns","first_byte","send","tls","transfer"],"steps":[["",1795392000000,1.0],["'
)
WORDS = OLD_WORDS + (
    b'[0,0,0,0,0][["eu",[3600000,60,0,0,0,0,0,60,0,3540.0,60.0,0,0,0,null,null,null],[28,250,423,120,800]],'
    b'[["eu-west",[900000,15,0,0,0,0,0,15,0,900.0,0.0,0,0,0,null,840000,840000],[26,240,423,75,280]],["us-east",[900000,15,'
)


def upgrade() -> None:
    op.drop_index("ix_runs_probe_slot_region", "runs")
    op.create_index("ix_runs_probe_slot", "runs", ["probe", "slot"])
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        schema = connection.scalar(sa.text("SELECT quote_ident(current_schema())"))
        connection.exec_driver_sql(MAKE.format(schema=schema).replace("%", "%%"))
    for table in ("rollups", "rollup_hours"):
        _abreast(table)


def _abreast(table: str) -> None:
    new = f"{table}_abreast"
    op.create_table(
        new,
        sa.Column("bucket", sa.BigInteger(), nullable=False, comment="when they begin"),
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False, comment="those of all regions, deflated"),
    )
    _rewrite(table, new)
    op.drop_table(table)
    op.rename_table(new, table)
    with op.batch_alter_table(table) as altered:
        altered.create_primary_key(f"pk_{table}", ["probe", "bucket"])
    op.create_index(f"ix_{table}_bucket", table, ["bucket"])


def _rewrite(table: str, new: str) -> None:
    """A probe at a time: all rollups of all of them are more than belongs in memory."""
    connection = op.get_bind()
    probes = connection.scalars(sa.text(f"SELECT DISTINCT probe FROM {table} ORDER BY probe")).all()  # noqa: S608 - ours
    of_probe = sa.text(f"SELECT {COLUMNS} FROM {table} WHERE probe = :probe ORDER BY bucket, region")  # noqa: S608
    into = sa.text(f"INSERT INTO {new} (bucket, probe, document) VALUES (:bucket, :probe, :document)")  # noqa: S608
    for probe in probes:
        rows = connection.execute(of_probe, {"probe": probe}).all()
        made = [
            {"probe": probe, "bucket": bucket, "document": _document(table, [tuple(row) for row in together])}
            for bucket, together in groupby(rows, key=lambda row: row.bucket)
        ]
        for first in range(0, len(made), BATCH):
            connection.execute(into, made[first : first + BATCH])


def _document(table: str, rows: Sequence[Sequence[Any]]) -> bytes:
    line: list[object] = []
    texts: list[bytes] = []
    numbers: list[bytes] = []
    counts: list[bytes] = []
    for probe, bucket, region, latency, detail, *figures in rows:
        try:
            head, planes, text, number, each = _parts(latency, detail)
        except (zlib.error, ValueError, LookupError, TypeError) as error:
            row = f"the row of {table} with probe {probe!r}, bucket {bucket!r} and region {region!r}"
            raise MalformedDocument(f"{row}: {error}") from error
        line.append([region, figures, [len(head), len(text), len(number), len(planes), len(each)]])
        texts += (head, text)
        numbers.append(number)
        counts += (planes, each)
    alike = len({len(number) for number in numbers}) == 1
    in_turn = bytes(chain.from_iterable(zip(*numbers, strict=True))) if alike else b"".join(numbers)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zdict=WORDS)
    first = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" + b"".join(texts)
    parts = (first, in_turn, b"".join(counts))
    return b"".join((*(deflater.compress(part) + deflater.flush(zlib.Z_BLOCK) for part in parts), deflater.flush()))


def _parts(latency: bytes, detail: bytes) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """Of a region: the text and counts of journeys; the text, numbers and counts of steps."""
    text, packed = _split(_inflated(detail, OLD_WORDS))
    width, depth = json.loads(text)["numbers"][0]
    return *_split(_inflated(latency)), text, packed[: width * depth], packed[width * depth :]


def _split(data: bytes) -> tuple[bytes, bytes]:
    text, line_feed, rest = data.partition(b"\n")
    return text + line_feed, rest


def _inflated(data: bytes, words: bytes = b"") -> bytes:
    inflater = zlib.decompressobj(-15, zdict=words)
    found = inflater.decompress(data)
    if not inflater.eof:
        raise ValueError("it ends too early")
    return found
