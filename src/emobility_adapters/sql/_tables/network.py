"""The charging network and what stations report."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import (
    at,
    cost_centre,
    counted,
    flag,
    folded,
    json,
    key,
    metadata,
    number,
    record,
    ref,
    text,
    watch_rules,
)
from emobility_adapters.sql._types import JsonText

site = record("site", text("name"), json("address"), text("time_zone"), cost_centre(), watch_rules())
station_group = record("station_group", text("name"))
station = record(
    "station",
    text("identity"),
    text("name"),
    ref("site", null=True),
    text("power_class"),
    json("station_groups"),
    text("key_digest", null=True),
    flag("is_test"),
    text("pending_key_digest", null=True),
    number("security_profile"),
    number("requested_profile", null=True),
    text("serial_number", null=True),
    text("local_list"),
    folded("identity"),
)
sa.Index("station_identity", station.c.folded, unique=True)

quarantined_station = record(
    "quarantined_station",
    text("identity"),
    text("remote_address"),
    at("last_seen_at"),
    number("lines"),
    json("boot", null=True),
    json("frames"),
    text("key_digest", null=True),
    number("key_changes"),
    number("withheld"),
    folded("identity"),
)
sa.Index("quarantined_station_identity", quarantined_station.c.folded, unique=True)

station_state = sa.Table(
    "station_state",
    metadata,
    key("station"),
    ref("tenant"),
    flag("online"),
    at("online_since", null=True),
    at("last_seen_at", null=True),
    number("boots"),
    at("booted_at", null=True),
    json("boot", null=True),
    number("line_profile", null=True),
    sa.Column("unreachable", sa.Boolean, nullable=False, server_default=sa.false()),
    number("clock_offset_ms", null=True),
    at("clock_measured_at", null=True),
    sa.Column("traffic", JsonText, nullable=False, server_default="[]"),
)
_away = sa.text("NOT online AND NOT unreachable")
sa.Index("station_state_away", station_state.c.station, sqlite_where=_away, postgresql_where=_away)
connector = sa.Table(
    "connector",
    metadata,
    key(),
    ref("tenant"),
    ref("station"),
    number("number"),
    text("status"),
    text("error_code"),
    text("info", null=True),
    text("reported", null=True),
    at("received_at"),
    sa.UniqueConstraint("station", "number", name="connector_number"),
)
station_report = sa.Table(
    "station_report",
    metadata,
    counted(),
    ref("tenant"),
    ref("station"),
    number("connector", null=True),
    text("kind"),
    json("content"),
    at("at"),
    at("received_at"),
    sa.Index("station_report_of_station", "station", "id"),
)
station_frame = sa.Table(
    "station_frame",
    metadata,
    counted(),
    ref("tenant"),
    ref("station"),
    at("received_at"),
    flag("inbound"),
    text("frame"),
    number("exchange"),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    text("action", null=True),
)
# Frames are found by their exchange, which is noted a while after they came: see `frame_pairs.py`.
station_exchange = sa.Table(
    "station_exchange",
    metadata,
    ref("tenant"),
    key("station"),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    number("request", null=True),
    number("answer", null=True),
    sqlite_with_rowid=False,
)
# One row: the last frame whose exchange is noted.
frames_paired = sa.Table(
    "frames_paired",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    number("up_to"),
)
security_event = record(
    "security_event",
    ref("station", null=True),
    text("source"),
    text("type"),
    flag("critical"),
    text("info", null=True),
    text("reported", null=True),
    at("at"),
)
sa.Index("security_event_of_station", security_event.c.station, security_event.c.id)
