"""Commands to stations and the files that answer them."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, number, record, ref, text

command = record(
    "command",
    ref("station"),
    json("order"),
    text("kind"),
    ref("operation"),
    ref("grant", null=True),
    ref("session", null=True),
    text("status"),
    text("detail", null=True),
    json("answer", null=True),
    at("deadline"),
)
_open = command.c.status.in_(("queued", "sent", "accepted"))
sa.Index("command_open", command.c.station, command.c.deadline, sqlite_where=_open, postgresql_where=_open)
# Whoever is limited to some stations follows the operations of their commands alone.
sa.Index("command_of_operation", command.c.operation)

attachment = record(
    "attachment",
    ref("station"),
    ref("command"),
    text("name"),
    text("media_type"),
    number("size"),
    text("sha256"),
)
sa.Index("attachment_of_command", attachment.c.command, unique=True)
