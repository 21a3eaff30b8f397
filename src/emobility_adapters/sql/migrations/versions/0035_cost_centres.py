"""Cost centres of sites, customers and user groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    for table in ("site", "customer", "user_group"):
        op.add_column(table, sa.Column("cost_centre", _types.PlainText(), nullable=False, server_default=""))
