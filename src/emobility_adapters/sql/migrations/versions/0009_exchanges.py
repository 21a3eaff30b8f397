"""Frames know the exchange that they belong to, what they are and what they ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("station_frame", sa.Column("exchange", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("station_frame", sa.Column("kind", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("station_frame", sa.Column("action", _types.PlainText(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        began = "(extract(epoch FROM received_at) * 1000000)::bigint"
        op.alter_column("station_frame", "exchange", server_default=None)
        op.alter_column("station_frame", "kind", server_default=None)
    else:
        began = "received_at"
    # What was kept before stands alone: nobody noted which answer belonged to which request.
    op.execute(sa.text(f"UPDATE station_frame SET exchange = {began}"))
    op.create_index("station_frame_of_exchange", "station_frame", ["station", "exchange"])
