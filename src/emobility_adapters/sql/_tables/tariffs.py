"""Prices and whom they are for."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, key, metadata, number, record, ref, text
from emobility_adapters.sql._types import JsonText

tariff = record("tariff", text("name"), json("prices"), ref("current", null=True))
tariff_version = sa.Table(
    "tariff_version",
    metadata,
    key(),
    ref("tenant"),
    ref("tariff"),
    number("number"),
    json("prices"),
    at("since"),
    sa.UniqueConstraint("tariff", "number", name="tariff_version_number"),
)
tariff_assignment = record(
    "tariff_assignment",
    ref("tariff"),
    ref("station", null=True),
    ref("station_group", null=True),
    ref("site", null=True),
    text("power_class", null=True),
    ref("token", null=True),
    ref("contract", null=True),
    ref("customer", null=True),
    ref("user_group", null=True),
    sa.Column("ad_hoc", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("validity", JsonText, nullable=False, server_default="{}"),
)
