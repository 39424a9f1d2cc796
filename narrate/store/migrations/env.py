"""Alembic's entry: runs on the connection that `narrate.store.db.migrate` hands over."""

from alembic import context

from narrate.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite can't alter columns in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
