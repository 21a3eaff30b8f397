"""Tariffs and their assignments are read below their tenant, where they count."""

from __future__ import annotations

from emobility_adapters.sql.migrations.walls import hand_down

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    for table in ("tariff", "tariff_assignment"):
        hand_down(table)
