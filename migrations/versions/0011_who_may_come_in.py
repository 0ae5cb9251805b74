"""Users, sessions, tokens of the API, and an audit to which lines are only added."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# In the order of characters on PostgreSQL as well, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WORD = sa.String().with_variant(sa.String(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_REFUSE_ON_SQLITE = """
CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'lines of the audit are never changed'); END
"""
_REFUSE = """
CREATE FUNCTION synthmon_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'lines of the audit are never changed'; END $$
"""
_TRIGGER = """
CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION synthmon_refuse_change()
"""


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("hashed", sa.String(), nullable=False, comment="Argon2id as a PHC string"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False, comment="the password"),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hashed", sa.String(), nullable=False, comment="SHA-256 of the cookie, in hex"),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("way", WORD, nullable=False),
        sa.Column("role", WORD, nullable=True, comment="none for users, whose role is theirs"),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("browser", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("hashed", name="uq_sessions_hashed"),
    )
    op.create_index("ix_sessions_ends_at", "sessions", ["ends_at"])
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("hashed", sa.String(), nullable=False, comment="SHA-256 of the token, in hex"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("hashed", name="uq_api_tokens_hashed"),
    )
    _make_audit()


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("way", WORD, nullable=False),
        sa.Column("role", WORD, nullable=True),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_actor_at", "audit", ["actor", "at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE)
        op.execute(_TRIGGER)
    else:
        op.execute(_REFUSE_ON_SQLITE)
