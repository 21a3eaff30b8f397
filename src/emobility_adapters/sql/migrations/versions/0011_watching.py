"""Rules of watching, the alarm about a station, what was measured of its clock, and corrected times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    for table in ("tenant", "site"):
        op.add_column(table, sa.Column("watch_rules", _types.JsonText(), nullable=False, server_default="{}"))
    state = "station_state"
    op.add_column(state, sa.Column("unreachable", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(state, sa.Column("clock_offset_ms", sa.BigInteger(), nullable=True))
    op.add_column(state, sa.Column("clock_measured_at", _types.UtcInstant(), nullable=True))
    away = sa.text("NOT online AND NOT unreachable")
    op.create_index(
        "station_state_away", state, ["station"], unique=False, sqlite_where=away, postgresql_where=away
    )
    for name in ("started_corrected", "ended_corrected"):
        op.add_column("charging_session", sa.Column(name, _types.UtcInstant(), nullable=True))
