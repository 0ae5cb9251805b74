"""The newest term of leadership: which process judges, and the number by which an older one is refused."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# In the order of characters on PostgreSQL as well, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "leadership",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False, comment="grows with each process that begins to judge"),
        sa.Column("instance", TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leadership"),
    )
