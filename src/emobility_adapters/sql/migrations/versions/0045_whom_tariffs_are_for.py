"""Tariffs are assigned to stations, sites, power classes, tokens, contracts, customers and for a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    for name in ("station", "site", "token", "contract", "customer"):
        op.add_column("tariff_assignment", sa.Column(name, sa.Uuid(), nullable=True))
    op.add_column("tariff_assignment", sa.Column("power_class", _types.PlainText(), nullable=True))
    ad_hoc: sa.Column[bool] = sa.Column("ad_hoc", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("tariff_assignment", ad_hoc)
    validity: sa.Column[str] = sa.Column("validity", _types.JsonText(), nullable=False, server_default="{}")
    op.add_column("tariff_assignment", validity)
