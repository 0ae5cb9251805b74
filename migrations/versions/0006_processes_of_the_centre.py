"""What each process of the centre says of itself."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# In the order of characters on PostgreSQL as well, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "replicas",
        sa.Column("instance", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance", name="pk_replicas"),
    )
