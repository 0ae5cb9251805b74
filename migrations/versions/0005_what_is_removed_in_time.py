"""Which runs still have the evidence that is removed before them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "runs",
        sa.Column(
            "evidence",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="whether the document holds any",
        ),
    )
    op.execute("UPDATE runs SET evidence = true WHERE outcome IN ('failed', 'error') OR cleanup_failed")
    op.create_index(
        "ix_runs_evidence",
        "runs",
        ["slot"],
        sqlite_where=sa.text("evidence"),
        postgresql_where=sa.text("evidence"),
    )
