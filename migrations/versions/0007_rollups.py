"""What is left of a quarter of an hour when its runs are gone."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# In the order of characters on PostgreSQL as well, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "rollups",
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("bucket", sa.BigInteger(), nullable=False, comment="when its quarter of an hour begins"),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("degraded", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("error", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False, comment="runs in maintenance, which count in nothing else"),
        sa.Column("good", sa.Float(), nullable=False, comment="seconds"),
        sa.Column("bad", sa.Float(), nullable=False, comment="seconds"),
        sa.Column("flaky", sa.Integer(), nullable=False),
        sa.Column("cleanup_failed", sa.Integer(), nullable=False),
        sa.Column("over_budget", sa.Integer(), nullable=False),
        sa.Column("budget", sa.Float()),
        sa.Column("latency", sa.Text(), nullable=False, comment="a histogram of whole journeys, as JSON"),
        sa.PrimaryKeyConstraint("probe", "bucket", "region", name="pk_rollups"),
    )
    op.create_index("ix_rollups_bucket", "rollups", ["bucket"])
