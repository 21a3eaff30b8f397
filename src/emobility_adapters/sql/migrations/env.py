"""Run by alembic: applies migrations over the connection that `migrate` hands in."""

from __future__ import annotations

from alembic import context

from emobility_adapters.sql._tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
