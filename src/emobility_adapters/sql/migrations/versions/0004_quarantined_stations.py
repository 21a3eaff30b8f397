"""Stations that nobody has registered, let in to be seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "quarantined_station",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("identity", _types.PlainText(), nullable=False),
        sa.Column("remote_address", _types.PlainText(), nullable=False),
        sa.Column("last_seen_at", _types.UtcInstant(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("boot", _types.JsonText(), nullable=True),
        sa.Column("frames", _types.JsonText(), nullable=False),
        sa.Column("key_digest", _types.PlainText(), nullable=True),
        sa.Column("key_changes", sa.BigInteger(), nullable=False),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.Column(
            "folded", _types.PlainText(), sa.Computed("lower(identity)", persisted=True), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("quarantined_station_by_tenant", "quarantined_station", ["tenant", "id"], unique=False)
    op.create_index("quarantined_station_identity", "quarantined_station", ["folded"], unique=True)
    guard("quarantined_station")
