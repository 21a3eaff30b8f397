"""What use cases share: operations, events and who has heard of them, keys."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, key, metadata, number, record, ref, text
from emobility_adapters.sql._types import JsonText, PlainText

operation = record(
    "operation",
    text("kind"),
    text("status"),
    json("progress"),
    json("result", null=True),
    text("error", null=True),
)
event = sa.Table(
    "event",
    metadata,
    key(),
    ref("tenant"),
    text("type"),
    text("subject"),
    at("at"),
    json("data"),
    number("position", null=True),
    number("seq", null=True),
)
sa.Index("event_position", event.c.position, unique=True)
sa.Index("event_of_tenant", event.c.tenant, event.c.seq, unique=True)
_unplaced = event.c.position.is_(None)
sa.Index("event_unplaced", event.c.id, sqlite_where=_unplaced, postgresql_where=_unplaced)

reacted = sa.Table(
    "reacted",
    metadata,
    sa.Column("subscriber", PlainText, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
)
subscriber_position = sa.Table(
    "subscriber_position",
    metadata,
    sa.Column("subscriber", PlainText, primary_key=True),
    number("position"),
)
delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("subscriber", PlainText, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    at("parked_at"),
    text("last_error"),
)
external_id = sa.Table(
    "external_id",
    metadata,
    sa.Column("tenant", sa.Uuid, primary_key=True),
    sa.Column("kind", PlainText, primary_key=True),
    sa.Column("system", PlainText, primary_key=True),
    sa.Column("value", PlainText, primary_key=True),
    ref("record"),
    sa.Index("external_id_of_record", "record"),
)
ownership = sa.Table(
    "ownership",
    metadata,
    key("record"),
    sa.Column("system", PlainText, primary_key=True),
    ref("tenant"),
    json("fields"),
    number("revision", null=True),
    sa.Column("switched_off", JsonText, nullable=False, server_default="{}"),
    number("version"),
)
idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("client", PlainText, primary_key=True),
    sa.Column("key", PlainText, primary_key=True),
    text("digest"),
    number("status"),
    text("body"),
    json("headers"),
    at("created_at"),
)
server_key = sa.Table("server_key", metadata, sa.Column("name", PlainText, primary_key=True), text("value"))
