"""Erasures of users, and of files that named a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    with op.batch_alter_table("erasure") as erasure:
        erasure.alter_column("customer", existing_type=sa.Uuid(), nullable=True)
        erasure.add_column(sa.Column("user", sa.Uuid(), nullable=True))
        erasure.add_column(sa.Column("files", sa.BigInteger(), nullable=False, server_default="0"))
