"""Agents of other regions: durable marks of their spools, their tokens, how they are, what they are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# In the order of characters on PostgreSQL as well, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "spools",
        sa.Column("spool", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column(
            "durable",
            sa.BigInteger(),
            nullable=False,
            comment="sequence up to which nothing will be asked for again",
        ),
        sa.PrimaryKeyConstraint("spool", "region", name="pk_spools"),
    )
    op.create_table(
        "agent_tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("hashed", sa.String(), nullable=False, comment="SHA-256 of the token, in hex"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_agent_tokens"),
        sa.UniqueConstraint("hashed", name="uq_agent_tokens_hashed"),
    )
    op.create_table(
        "heartbeats",
        sa.Column("region", TEXT, nullable=False),
        sa.Column("instance", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("region", "instance", name="pk_heartbeats"),
    )
    op.create_table(
        "asked",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False, comment="of `counters`"),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_asked"),
        sa.UniqueConstraint("id", name="uq_asked_id"),
    )
