"""Who somebody is at a provider, beside what they are called there. Of those who came in before it is not known."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"

# In the order of characters on PostgreSQL as well, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    for table in ("sessions", "audit"):
        op.add_column(
            table,
            sa.Column(
                "subject",
                TEXT,
                nullable=False,
                server_default="",
                comment="issuer and subject of who signed in elsewhere",
            ),
        )
