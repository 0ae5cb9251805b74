"""Ids of runs as UUIDs on PostgreSQL, months without gaps in their rows; a dictionary of its own for shorter documents.

On PostgreSQL every month of runs is written anew with its indexes: nobody reads or writes runs meanwhile, and as much
room as they take is needed beside them. On SQLite it takes no longer than any other start.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

# A value of eight bytes begins at a multiple of eight, so a month has its widest columns first, and those of any width
# last. What goes in and out by `runs` is told by name. For the rest see 0001.
MAKE = """
CREATE OR REPLACE FUNCTION synthmon_make_partition(month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  first date := date_trunc('month', month)::date;
  part text := 'runs_' || to_char(first, 'YYYY_MM');
  columns text;
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
    ', ' ORDER BY attlen < 0, attlen DESC, attnum)
    INTO columns FROM pg_attribute WHERE attrelid = 'runs'::regclass AND attnum > 0 AND NOT attisdropped;
  EXECUTE format('CREATE TABLE %I (%s)', part, columns);
  EXECUTE format('ALTER TABLE runs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
    (extract(epoch FROM first::timestamp AT TIME ZONE 'UTC') * 1000)::bigint,
    (extract(epoch FROM (first + interval '1 month')::timestamp AT TIME ZONE 'UTC') * 1000)::bigint);
  RETURN true;
END $$
"""


def upgrade() -> None:
    # A version of a probe that has a dictionary gets no other, and documents of today are little like those of then.
    op.execute("UPDATE dictionaries SET probe_hash = 'format 1: ' || probe_hash")
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in ("runs", "asked"):
            op.alter_column(table, "id", type_=sa.Uuid(), postgresql_using="encode(id, 'hex')::uuid")
        schema = connection.scalar(sa.text("SELECT quote_ident(current_schema())"))
        connection.exec_driver_sql(MAKE.format(schema=schema).replace("%", "%%"))
