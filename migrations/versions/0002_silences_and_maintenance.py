"""Silences and maintenance that somebody asked for, with the instants by which they are searched."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "quiets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quiets"),
    )
    op.create_index("ix_quiets_ends_at", "quiets", ["ends_at"])
