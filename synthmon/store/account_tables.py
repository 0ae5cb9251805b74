"""The tables of who may come in: users, sessions, tokens of the API, and what was done by whom.

Readers of the database may not read these: see `store/postgres/roles.py`.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from synthmon.model.person import Role, Way
from synthmon.store.schema import NUMBER, metadata
from synthmon.store.types import Clean, Instant, Word

users = Table(
    "users",
    metadata,
    Column("name", Clean, primary_key=True),
    Column("role", Word(Role), nullable=False),
    Column("hashed", String, nullable=False, comment="Argon2id as a PHC string"),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False, comment="the password"),
    Column("disabled_at", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("hashed", String, nullable=False, unique=True, comment="SHA-256 of the cookie, in hex"),
    Column("name", Clean),
    Column("way", Word(Way), nullable=False),
    Column("role", Word(Role), comment="none for users, whose role is theirs"),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("address", Clean, nullable=False),
    Column("browser", Clean, nullable=False),
    Column(
        "subject", Clean, nullable=False, server_default="", comment="issuer and subject of who signed in elsewhere"
    ),
    Index(None, "ends_at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Clean, nullable=False),
    Column("role", Word(Role), nullable=False),
    Column("hashed", String, nullable=False, unique=True, comment="SHA-256 of the token, in hex"),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Clean, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
)

# Rows are added, and removed when their time is over; a trigger refuses to change one.
audit = Table(
    "audit",
    metadata,
    Column("number", NUMBER, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("what", Clean, nullable=False),
    Column("actor", Clean, nullable=False),
    Column("way", Word(Way), nullable=False),
    Column("role", Word(Role)),
    Column("address", Clean, nullable=False),
    Column("target", Clean, nullable=False),
    Column("detail", Clean, nullable=False),
    Column(
        "subject", Clean, nullable=False, server_default="", comment="issuer and subject of who signed in elsewhere"
    ),
    Index(None, "at"),
    Index(None, "actor", "at"),
)
