"""The first schema: runs, missed slots, beliefs, incidents, the outbox, versions of probes.

Types are spelt plainly: a revision must stay what it was when the code's own types move on.

Text has the collation "C" on PostgreSQL: there as on SQLite, names are ordered by their characters, not by a language.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite gives numbers by itself only to a column that is spelt INTEGER PRIMARY KEY.
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")

# ATTACH, not CREATE … PARTITION OF: the latter would keep everybody from reading and writing until it has committed.
MAKE = """
CREATE FUNCTION synthmon_make_partition(month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  first date := date_trunc('month', month)::date;
  part text := 'runs_' || to_char(first, 'YYYY_MM');
BEGIN
  IF to_regclass(quote_ident(part)) IS NOT NULL THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('synthmon_make_partition'));
  IF to_regclass(quote_ident(part)) IS NOT NULL THEN RETURN false; END IF;
  IF (SELECT count(*) FROM pg_inherits WHERE inhparent = 'runs'::regclass) >= 600 THEN
    RAISE EXCEPTION 'runs has 600 months already, so % is not made', part
      USING ERRCODE = 'program_limit_exceeded', HINT = 'is a clock wrong?';
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE runs INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMMENTS)', part);
  EXECUTE format('ALTER TABLE runs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
    (extract(epoch FROM first::timestamp AT TIME ZONE 'UTC') * 1000)::bigint,
    (extract(epoch FROM (first + interval '1 month')::timestamp AT TIME ZONE 'UTC') * 1000)::bigint);
  RETURN true;
END $$
"""

DROP = """
CREATE FUNCTION synthmon_drop_partition(month date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  first date := date_trunc('month', month)::date;
  part text := 'runs_' || to_char(first, 'YYYY_MM');
BEGIN
  IF first + interval '1 month' > now() THEN
    RAISE EXCEPTION '% has not ended yet, so it is not dropped', part USING ERRCODE = 'object_in_use';
  END IF;
  IF to_regclass(quote_ident(part)) IS NULL THEN RETURN false; END IF;
  EXECUTE format('DROP TABLE %I', part);
  RETURN true;
END $$
"""


def upgrade() -> None:
    _make_dictionaries()
    _make_counters()
    _make_runs()
    _make_months()
    _make_missed()
    _make_region_states()
    _make_health_changes()
    _make_judge()
    _make_incidents()
    _make_incident_events()
    _make_notifications()
    _make_probe_versions()
    _make_notes()


def _make_dictionaries() -> None:
    op.create_table(
        "dictionaries",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("probe_hash", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_dictionaries"),
        sa.UniqueConstraint("probe_hash", name="uq_dictionaries_probe_hash"),
    )


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column(
            "arrival", sa.BigInteger(), nullable=False, comment="grows with each run kept; the judge's watermark"
        ),
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("outcome", WORD, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("duration", sa.Float(), nullable=False),
        sa.Column("latency", sa.Float()),
        sa.Column("failed_step", TEXT),
        sa.Column("failure_kind", sa.String()),
        sa.Column("message", TEXT),
        sa.Column("flaky", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Float(), nullable=False),
        sa.Column("cleanup_failed", sa.Boolean(), nullable=False),
        sa.Column("dictionary", sa.Integer(), nullable=False, comment="what the document was deflated against"),
        sa.Column("document", sa.LargeBinary(), nullable=False, comment="the whole result as deflated JSON"),
        sa.PrimaryKeyConstraint("slot", "id", name="pk_runs"),
        postgresql_partition_by="RANGE (slot)",
    )
    op.create_index("ix_runs_arrival", "runs", ["arrival"])
    op.create_index("ix_runs_id", "runs", ["id"])
    op.create_index("ix_runs_probe_slot_region", "runs", ["probe", "slot", "region"])


def _make_months() -> None:
    """The functions that make and drop the months of `runs`, with the rights of whoever upgrades."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        schema = connection.scalar(sa.text("SELECT quote_ident(current_schema())"))
        for function in (MAKE, DROP):
            connection.execute(sa.text(function.format(schema=schema)))
        for name in ("synthmon_make_partition", "synthmon_drop_partition"):  # only for whom the owner lets
            connection.execute(sa.text(f"REVOKE ALL ON FUNCTION {name}(date) FROM PUBLIC"))


def _make_counters() -> None:
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False, comment="the last number given out"),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.bulk_insert(counters, [{"name": name, "value": 0} for name in ("arrival", "asked", "versions")])


def _make_missed() -> None:
    op.create_table(
        "missed",
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("probe", "region", "slot", name="pk_missed"),
    )
    op.create_index("ix_missed_slot", "missed", ["slot"])


def _make_region_states() -> None:
    op.create_table(
        "region_states",
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("probe", "region", name="pk_region_states"),
    )


def _make_health_changes() -> None:
    op.create_table(
        "health_changes",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("region", TEXT),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("health", WORD, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_health_changes"),
    )
    op.create_index("ix_health_changes_at", "health_changes", ["at"])
    op.create_index("ix_health_changes_probe_region_at", "health_changes", ["probe", "region", "at"])


def _make_judge() -> None:
    op.create_table(
        "judge",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False, comment="arrival of the last run judged"),
        sa.PrimaryKeyConstraint("name", name="pk_judge"),
    )


def _make_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("dedup_key", TEXT, nullable=False),
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("track", WORD, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("severity", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_opened_at", "incidents", ["opened_at"])
    op.create_index("ix_incidents_probe_track_opened_at", "incidents", ["probe", "track", "opened_at"])
    op.create_index(
        "uq_incidents_current",
        "incidents",
        ["dedup_key"],
        unique=True,
        sqlite_where=sa.text("status != 'resolved'"),
        postgresql_where=sa.text("status != 'resolved'"),
    )


def _make_incident_events() -> None:
    op.create_table(
        "incident_events",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("actor", TEXT),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_incident_events_incident_id_incidents"),
        sa.PrimaryKeyConstraint("number", name="pk_incident_events"),
    )
    op.create_index("ix_incident_events_incident_id_at", "incident_events", ["incident_id", "at"])


def _make_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("incident_id", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("occasion", WORD, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("last_error", TEXT),
        sa.Column("ended_at", sa.BigInteger(), comment="when it was accepted or given up"),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_notifications"),
        sa.UniqueConstraint("id", name="uq_notifications_id"),
    )
    op.create_index("ix_notifications_incident_id", "notifications", ["incident_id"])
    op.create_index(
        "ix_notifications_pending",
        "notifications",
        ["incident_id", "channel", "number"],
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )


def _make_probe_versions() -> None:
    op.create_table(
        "probe_versions",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("interval", sa.Float(), nullable=False),
        sa.Column("timeout", sa.Float(), nullable=False),
        sa.Column("regions", TEXT, nullable=False, comment="a JSON list of names"),
        sa.Column("yaml", TEXT, nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_probe_versions"),
    )
    op.create_index("ix_probe_versions_probe_since", "probe_versions", ["probe", "since"])


def _make_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_notes"),
    )
