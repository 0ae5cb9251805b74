"""What is left of steps, too, and of hours and days. Everything is counted again from the runs that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

# In the order of characters on PostgreSQL as well, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.drop_index("ix_rollups_bucket", "rollups")
    op.drop_table("rollups")
    for table in ("rollups", "rollup_hours", "rollup_days", "rollup_totals"):
        _rollups(table)
    op.execute("DELETE FROM notes WHERE name IN ('rollups.until', 'rollups.quiets')")


def _rollups(table: str) -> None:
    op.create_table(
        table,
        sa.Column("probe", TEXT, nullable=False),
        sa.Column("bucket", sa.BigInteger(), nullable=False, comment="when it begins"),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="when it ends"),
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
        sa.Column("last", sa.BigInteger(), comment="the newest slot of a run"),
        sa.Column("judged", sa.BigInteger(), comment="the newest slot of a run that was judged"),
        sa.Column(
            "latency",
            sa.LargeBinary(),
            nullable=False,
            comment="a histogram of whole journeys, as deflated JSON",
        ),
        sa.Column("detail", sa.LargeBinary(), nullable=False, comment="what single steps came to, as deflated JSON"),
        sa.PrimaryKeyConstraint("probe", "bucket", "region", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_bucket", table, ["bucket"])
