"""Exchanges are noted beside their frames, some time after them, in place of an index of frames."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql.migrations.walls import guard

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "station_exchange",
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Uuid(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("request", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.BigInteger(), nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "frames_paired",
        sa.Column("id", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
    )
    op.execute(
        sa.text(
            "INSERT INTO station_exchange (tenant, station, number, request, answer)"
            " SELECT tenant, station, exchange, max(CASE WHEN kind IN (0, 2) THEN id END),"
            " max(CASE WHEN kind IN (3, 4) THEN id END)"
            " FROM station_frame GROUP BY tenant, station, exchange ORDER BY station, exchange"
        )
    )
    op.execute(sa.text("INSERT INTO frames_paired SELECT 1, coalesce(max(id), 0) FROM station_frame"))
    op.drop_index("station_frame_of_exchange", "station_frame")
    guard("station_exchange")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("GRANT SELECT, INSERT, UPDATE ON frames_paired TO emobility_app"))
