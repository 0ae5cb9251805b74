"""Which runs were made while the machine stalled. Of those that are there nothing is known: they count as before."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "runs",
        sa.Column(
            "suspect",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="whether its latencies count nowhere",
        ),
    )
