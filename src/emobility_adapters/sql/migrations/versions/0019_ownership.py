"""Ownership: which fields of a record another system has told, and in which revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "ownership",
        sa.Column("record", sa.Uuid(), primary_key=True),
        sa.Column("system", _types.PlainText(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("fields", _types.JsonText(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
    )
    guard("ownership")
