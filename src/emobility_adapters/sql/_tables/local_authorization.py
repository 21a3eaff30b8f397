"""What stations may decide by themselves."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, key, metadata, number, record, ref, text

local_list = record(
    "local_list",
    ref("station"),
    json("held", null=True),
    number("held_version"),
    number("sent_version"),
    at("acknowledged_at", null=True),
    at("synced_at", null=True),
    at("verified_at", null=True),
    ref("command", null=True),
    at("due_at", null=True),
    number("tries"),
    text("error", null=True),
)
sa.Index("local_list_station", local_list.c.station, unique=True)
_free = local_list.c.command.is_(None)
sa.Index("local_list_due", local_list.c.due_at, sqlite_where=_free, postgresql_where=_free)
cache_clearing = sa.Table(
    "cache_clearing",
    metadata,
    key("station"),
    ref("tenant"),
    at("since"),
    ref("command", null=True),
)
sa.Index("cache_clearing_of_tenant", cache_clearing.c.tenant)
_not_asked = cache_clearing.c.command.is_(None)
sa.Index("cache_clearing_due", cache_clearing.c.since, sqlite_where=_not_asked, postgresql_where=_not_asked)
