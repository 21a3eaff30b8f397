"""A token may be meant for one session at a time; what runs of a token is found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Not as a batch: SQLite's copy of a table cannot carry over a generated column.
    op.add_column("token", sa.Column("concurrent", sa.Boolean(), nullable=False, server_default=sa.true()))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("token", "concurrent", server_default=None)
    running = sa.text("state = 'active'")
    op.create_index(
        "session_active_token",
        "charging_session",
        ["token"],
        unique=False,
        sqlite_where=running,
        postgresql_where=running,
    )
