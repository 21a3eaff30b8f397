"""What stations are expected to be set to, and what they are."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, number, record, ref, text

station_configuration = record(
    "station_configuration",
    ref("station"),
    text("status"),
    json("reported"),
    json("unknown"),
    at("read_at", null=True),
    at("verified_at", null=True),
    json("deviations"),
    json("awaiting_reboot"),
    text("detail", null=True),
    text("expectation", null=True),
    number("tries"),
    number("boots"),
    json("changes"),
    json("check", null=True),
)
sa.Index("station_configuration_of_station", station_configuration.c.station, unique=True)
configuration_template = record(
    "configuration_template", text("name"), text("vendor"), text("model"), json("keys")
)
