"""When a probe is due, if a cron expression says so: due slots are counted by it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column(
        "probe_versions",
        sa.Column(
            "cron", sa.Text(), nullable=True, comment="expression and time zone; the interval is then the shortest"
        ),
    )
