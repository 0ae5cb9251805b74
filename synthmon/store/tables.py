"""What the database looks like; `migrations/` builds it, and a test holds the two against each other.

Instants are whole milliseconds since the epoch in UTC, durations are seconds. Names of constraints are spelt by a
convention, so that a later migration can name what it changes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from synthmon import wire
from synthmon.model.incident import DeliveryStatus, Health, IncidentStatus, Occasion
from synthmon.model.mailing import MailingStatus
from synthmon.model.probe import Severity, Track
from synthmon.model.rollup import Grain
from synthmon.model.run import Outcome, RunKind
from synthmon.store.account_tables import api_tokens, audit, sessions, users
from synthmon.store.packing import DETAIL_WORDS
from synthmon.store.schema import NUMBER, SCHEMA, metadata
from synthmon.store.types import Clean, Document, Identity, Instant, Packed, Word

__all__ = ["SCHEMA", "api_tokens", "audit", "metadata", "sessions", "users"]  # beside what follows

runs = Table(
    "runs",
    metadata,
    Column("slot", Instant, primary_key=True),
    Column("id", Identity, primary_key=True),
    Column("arrival", BigInteger, nullable=False, comment="grows with each run kept; the judge's watermark"),
    Column("probe", Clean, nullable=False),
    Column("region", Clean, nullable=False),
    Column("kind", Word(RunKind), nullable=False),
    Column("n", Integer, nullable=False),
    Column("outcome", Word(Outcome), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("duration", Float, nullable=False),
    Column("latency", Float),
    Column("failed_step", Clean),
    Column("failure_kind", String),
    Column("message", Clean),
    Column("flaky", Boolean, nullable=False),
    Column("late", Float, nullable=False),
    Column("cleanup_failed", Boolean, nullable=False),
    Column("suspect", Boolean, nullable=False, comment="whether its latencies count nowhere"),
    Column("dictionary", Integer, nullable=False, comment="what the document was deflated against"),
    Column("document", LargeBinary, nullable=False, comment="the whole result as deflated JSON"),
    Column("evidence", Boolean, nullable=False, comment="whether the document holds any"),
    Index(None, "arrival"),
    Index(None, "probe", "slot"),
    postgresql_partition_by="RANGE (slot)",  # by month: see store/partitions.py
)

# What evidence is removed from when its time is over.
Index("ix_runs_evidence", runs.c.slot, sqlite_where=text("evidence"), postgresql_where=text("evidence"))

# `store.counting` gives out numbers from them; the rows are there from the beginning.
counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False, comment="the last number given out"),
    info={"seeded": True},  # the migrations put rows into it
)

# A run's document is deflated against an earlier one of the same version of the probe: a third of the space.
dictionaries = Table(
    "dictionaries",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("probe_hash", Clean, nullable=False, unique=True),
    Column("content", LargeBinary, nullable=False),
)

missed = Table(
    "missed",
    metadata,
    Column("probe", Clean, primary_key=True),
    Column("region", Clean, primary_key=True),
    Column("slot", Instant, primary_key=True),
    Column("reason", Clean, nullable=False),
    Index(None, "slot"),
)

region_states = Table(
    "region_states",
    metadata,
    Column("probe", Clean, primary_key=True),
    Column("region", Clean, primary_key=True),
    Column("document", Document(wire.state_to_json, wire.state_from_json), nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("dedup_key", Clean, nullable=False),
    Column("probe", Clean, nullable=False),
    Column("track", Word(Track), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("severity", Word(Severity), nullable=False),
    Column("status", Word(IncidentStatus), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("document", Document(wire.incident_to_json, wire.incident_from_json), nullable=False),
    Index(None, "probe", "track", "opened_at"),
    Index(None, "opened_at"),
)

# At most one incident of a probe and track is current, whatever goes wrong above.
Index(
    "uq_incidents_current",
    incidents.c.dedup_key,
    unique=True,
    sqlite_where=text("status != 'resolved'"),
    postgresql_where=text("status != 'resolved'"),
)

incident_events = Table(
    "incident_events",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("incident_id", String, ForeignKey("incidents.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", Clean, nullable=False),
    Column("text", Clean, nullable=False),
    Column("actor", Clean),
    Index(None, "incident_id", "at"),
)

# The outbox: the row is the queue. `number` is the order in which an incident's channel hears.
notifications = Table(
    "notifications",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("incident_id", Clean, nullable=False),
    Column("channel", Clean, nullable=False),
    Column("occasion", Word(Occasion), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("status", Word(DeliveryStatus), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    Column("leased_until", Instant),
    Column("last_error", Clean),
    Column("ended_at", Instant, comment="when it was accepted or given up"),
    Column("document", Document(wire.notification_to_json, wire.notification_from_json), nullable=False),
    Index(None, "incident_id"),
)

Index(
    "ix_notifications_pending",
    notifications.c.incident_id,
    notifications.c.channel,
    notifications.c.number,
    sqlite_where=text("status = 'pending'"),
    postgresql_where=text("status = 'pending'"),
)

health_changes = Table(
    "health_changes",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("probe", Clean, nullable=False),
    Column("region", Clean),
    Column("at", Instant, nullable=False),
    Column("health", Word(Health), nullable=False),
    Column("reason", Clean, nullable=False),
    Index(None, "probe", "region", "at"),
    Index(None, "at"),
)

quiets = Table(
    "quiets",
    metadata,
    Column("id", String, primary_key=True),
    Column("start", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("document", Document(wire.quiet_to_json, wire.quiet_from_json), nullable=False),
    Index(None, "ends_at"),
)

# The outbox of reports: one row for a report and a list of recipients.
mailings = Table(
    "mailings",
    metadata,
    Column("id", String, primary_key=True),
    Column("report", Clean, nullable=False),
    Column("status", Word(MailingStatus), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("document", Document(wire.mailing_to_json, wire.mailing_from_json), nullable=False),
    Index(None, "report"),
    Index(None, "created_at"),
)

probe_versions = Table(
    "probe_versions",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("probe", Clean, nullable=False),
    Column("content_hash", Clean, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant),
    Column("title", Clean, nullable=False),
    Column("interval", Float, nullable=False),
    Column("timeout", Float, nullable=False),
    Column("regions", Text, nullable=False, comment="a JSON list of names"),
    Column("yaml", Clean, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("cron", Text, comment="expression and time zone; the interval is then the shortest"),
    Index(None, "probe", "since"),
)

notes = Table(
    "notes",
    metadata,
    Column("name", Clean, primary_key=True),
    Column("value", Clean, nullable=False),
)

judge = Table(
    "judge",
    metadata,
    Column("name", String, primary_key=True),
    Column("watermark", BigInteger, nullable=False, comment="arrival of the last run judged"),
)

# How much of each agent's spool is kept or refused for good. The region is part of the key: it comes from the token, so
# that nobody moves the mark of another region's spool.
spools = Table(
    "spools",
    metadata,
    Column("spool", Clean, primary_key=True),
    Column("region", Clean, primary_key=True),
    Column("durable", BigInteger, nullable=False, comment="sequence up to which nothing will be asked for again"),
)

agent_tokens = Table(
    "agent_tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("region", Clean, nullable=False),
    Column("hashed", String, nullable=False, unique=True, comment="SHA-256 of the token, in hex"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("region", Clean, primary_key=True),
    Column("instance", Clean, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("document", Document(wire.heartbeat_to_json, wire.heartbeat_from_json), nullable=False),
)

# Confirmations that the judge asks for: rows, so that any process of the centre can hand them to a region's agents.
asked = Table(
    "asked",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False, comment="of `counters`"),
    Column("id", Identity, nullable=False, unique=True),
    Column("region", Clean, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("document", Document(wire.key_to_json, wire.key_from_json), nullable=False),
)

# The one row that every write of a leader is held against; whoever begins a term waits for those under way.
leadership = Table(
    "leadership",
    metadata,
    Column("name", String, primary_key=True),
    Column("epoch", BigInteger, nullable=False, comment="grows with each process that begins to judge"),
    Column("instance", Clean, nullable=False),
    Column("since", Instant, nullable=False),
)

replicas = Table(
    "replicas",
    metadata,
    Column("instance", Clean, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("document", Document(wire.replica_to_json, wire.replica_from_json), nullable=False),
)


LATENCIES = Packed(wire.histogram_to_parts, wire.histogram_from_bytes)
DETAILS = Packed(wire.detail_to_parts, wire.detail_from_bytes, DETAIL_WORDS)


def _fine(name: str) -> Table:
    """Rollups of a short grain, of which there are many: one row for all regions of a probe (`store.abreast`)."""
    return Table(
        name,
        metadata,
        Column("bucket", Instant, nullable=False, comment="when they begin"),
        Column("probe", Clean, nullable=False),
        Column("document", LargeBinary, nullable=False, comment="those of all regions, deflated"),
        PrimaryKeyConstraint("probe", "bucket"),
        Index(None, "bucket"),
    )


def _rollups(name: str) -> Table:
    """Rollups of one grain: what a probe's runs in a region come to from `bucket` to before `until`."""
    return Table(
        name,
        metadata,
        Column("probe", Clean, primary_key=True),
        Column("bucket", Instant, primary_key=True, comment="when it begins"),
        Column("region", Clean, primary_key=True),
        Column("until", Instant, nullable=False, comment="when it ends"),
        *(Column(outcome.value, Integer, nullable=False) for outcome in Outcome),
        Column("due", Integer, nullable=False),
        Column("planned", Integer, nullable=False, comment="runs in maintenance, which count in nothing else"),
        Column("good", Float, nullable=False, comment="seconds"),
        Column("bad", Float, nullable=False, comment="seconds"),
        Column("flaky", Integer, nullable=False),
        Column("cleanup_failed", Integer, nullable=False),
        Column("over_budget", Integer, nullable=False),
        Column("budget", Float),
        Column("last", Instant, comment="the newest slot of a run"),
        Column("judged", Instant, comment="the newest slot of a run that was judged"),
        Column("latency", LATENCIES, nullable=False, comment="a histogram of whole journeys, deflated"),
        Column("detail", DETAILS, nullable=False, comment="what single steps came to, deflated"),
        Index(None, "bucket"),
    )


rollups = {
    Grain.QUARTER: _fine("rollups"),
    Grain.HOUR: _fine("rollup_hours"),
    Grain.DAY: _rollups("rollup_days"),
    Grain.TOTAL: _rollups("rollup_totals"),
}
