"""What Alembic runs: the revisions, inside the one transaction that `synthmon.store.migrate` has begun.

Called by `synthmon db upgrade`, never by the `alembic` command: the connection comes with the configuration.
"""

from alembic import context

from synthmon.store.partitions import is_partition
from synthmon.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=lambda name, kind, _: not is_partition(name, kind),  # made as months come, not by revisions
    transactional_ddl=False,  # the transaction is not Alembic's to begin or end
)
context.run_migrations()
