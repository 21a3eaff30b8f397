"""Since when a receiver of webhooks has taken nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.add_column("webhook_endpoint", sa.Column("failing_since", _types.UtcInstant(), nullable=True))
