"""Bytes said on a station's lines, by month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    column: sa.Column[object] = sa.Column("traffic", _types.JsonText(), nullable=False, server_default="[]")
    op.add_column("station_state", column)
