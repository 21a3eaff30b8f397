"""Erasures of persons' data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("replaced", _types.JsonText(), nullable=False),
        sa.Column("audit_entries", sa.BigInteger(), nullable=False),
        sa.Column("kept", _types.JsonText(), nullable=False),
    )
    op.create_index("erasure_by_tenant", "erasure", ["tenant", "id"])
    guard("erasure")
