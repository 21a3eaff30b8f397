"""Prices and whom they are for."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, key, metadata, number, record, ref, text

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
    ref("station_group", null=True),
    ref("user_group", null=True),
)
