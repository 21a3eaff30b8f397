"""When a tenant was closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("tenant", sa.Column("closed_at", _types.UtcInstant(), nullable=True))
