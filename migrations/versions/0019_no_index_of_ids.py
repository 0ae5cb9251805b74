"""No index of the ids of runs: an id begins with the slot, and the key of a run is its slot and its id.

Ids of runs that were kept before began with nothing that could be known, and are not found by their id any more.
"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.drop_index("ix_runs_id", "runs")
