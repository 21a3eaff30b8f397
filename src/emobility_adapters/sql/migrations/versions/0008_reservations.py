"""Reservations of connectors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("terms", _types.JsonText(), nullable=False),
        sa.Column("expires_at", _types.UtcInstant(), nullable=False),
        sa.Column("replacement", _types.JsonText(), nullable=True),
        sa.Column("status", _types.PlainText(), nullable=False),
        sa.Column("outcome", _types.PlainText(), nullable=True),
        sa.Column("session", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reservation_by_tenant", "reservation", ["tenant", "id"], unique=False)
    op.create_index("reservation_number", "reservation", ["station", "number"], unique=True)
    still_open = sa.text("status IN ('requested', 'active')")
    for name, columns in (
        ("reservation_open", ["station", "id"]),
        ("reservation_due", ["expires_at"]),
    ):
        op.create_index(
            name,
            "reservation",
            columns,
            unique=False,
            sqlite_where=still_open,
            postgresql_where=still_open,
        )
    guard("reservation")
