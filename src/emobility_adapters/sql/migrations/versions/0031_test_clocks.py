"""Test clocks; a tenant reads those of the tenants above it, by which it lives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "test_clock",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("now", _types.UtcInstant(), nullable=False),
        sa.Column("target", _types.UtcInstant(), nullable=True),
        sa.Column("operation", sa.Uuid(), nullable=True),
    )
    op.create_index("test_clock_by_tenant", "test_clock", ["tenant", "id"])
    guard("test_clock", handed_down=True)
