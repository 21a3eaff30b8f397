"""The documents themselves of postings, and what is known of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("posting", sa.Column("file", _types.JsonText(), nullable=True))
    op.create_table(
        "posted_document",
        sa.Column("posting", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    guard("posted_document")
