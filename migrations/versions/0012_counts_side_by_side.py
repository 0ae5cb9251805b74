"""Histograms of rollups as bytes beside JSON. Everything is counted again from the runs that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for table in ("rollups", "rollup_hours", "rollup_days", "rollup_totals"):
        op.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - names that stand here
        if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
            op.alter_column(table, "latency", comment="a histogram of whole journeys, deflated")
            op.alter_column(table, "detail", comment="what single steps came to, deflated")
    op.execute("DELETE FROM notes WHERE name IN ('rollups.until', 'rollups.quiets', 'rollups.days')")
