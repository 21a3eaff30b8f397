"""Attachments: files that stations have delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("command", sa.Uuid(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("media_type", _types.PlainText(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _types.PlainText(), nullable=False),
    )
    op.create_index("attachment_by_tenant", "attachment", ["tenant", "id"])
    op.create_index("attachment_of_command", "attachment", ["command"], unique=True)
    guard("attachment")
