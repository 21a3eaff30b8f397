"""By which fields a system's file has switched off a record that it left out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.add_column(
        "ownership", sa.Column("switched_off", _types.JsonText(), nullable=False, server_default="{}")
    )
