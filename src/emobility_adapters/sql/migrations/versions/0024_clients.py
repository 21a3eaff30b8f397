"""API clients with keys, redirect URIs and a secret before; marks of what counts once only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    columns: list[sa.Column[object]] = [
        sa.Column("authentication", _types.PlainText(), nullable=False, server_default="secret"),
        sa.Column("jwks", _types.JsonText(), nullable=True),
        sa.Column("redirect_uris", _types.JsonText(), nullable=False, server_default="[]"),
        sa.Column("first_party", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("previous_secret_digest", _types.PlainText(), nullable=True),
        sa.Column("previous_secret_until", _types.UtcInstant(), nullable=True),
    ]
    for column in columns:
        op.add_column("api_client", column)
    op.create_table(
        "spent",
        sa.Column("mark", _types.PlainText(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("until", _types.UtcInstant(), nullable=False),
    )
    op.create_index("spent_until", "spent", ["until"])
    guard("spent")
