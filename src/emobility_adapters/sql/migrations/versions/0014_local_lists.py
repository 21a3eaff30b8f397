"""Local authorization lists, and authorization caches that are to be cleared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # Not as a batch: SQLite's copy of a table cannot carry over a generated column.
    op.add_column(
        "station", sa.Column("local_list", _types.PlainText(), nullable=False, server_default="none")
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("station", "local_list", server_default=None)
    op.create_table(
        "local_list",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("held", _types.JsonText(), nullable=True),
        sa.Column("held_version", sa.BigInteger(), nullable=False),
        sa.Column("sent_version", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", _types.UtcInstant(), nullable=True),
        sa.Column("synced_at", _types.UtcInstant(), nullable=True),
        sa.Column("verified_at", _types.UtcInstant(), nullable=True),
        sa.Column("command", sa.Uuid(), nullable=True),
        sa.Column("due_at", _types.UtcInstant(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("error", _types.PlainText(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("local_list_by_tenant", "local_list", ["tenant", "id"], unique=False)
    op.create_index("local_list_station", "local_list", ["station"], unique=True)
    op.create_table(
        "cache_clearing",
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("since", _types.UtcInstant(), nullable=False),
        sa.Column("command", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("station"),
    )
    op.create_index("cache_clearing_of_tenant", "cache_clearing", ["tenant"], unique=False)
    free = sa.text("command IS NULL")
    for name, table, column in (
        ("local_list_due", "local_list", "due_at"),
        ("cache_clearing_due", "cache_clearing", "since"),
    ):
        op.create_index(name, table, [column], unique=False, sqlite_where=free, postgresql_where=free)
    guard("local_list")
    guard("cache_clearing")
