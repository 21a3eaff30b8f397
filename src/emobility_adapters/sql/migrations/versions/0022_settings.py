"""Settings of tenants, and which of them are locked for those below."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    for name, empty in (("settings", "{}"), ("locked", "[]")):
        column: sa.Column[object] = sa.Column(name, _types.JsonText(), nullable=False, server_default=empty)
        op.add_column("tenant", column)
