"""What sessions cost."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, flag, json, key, metadata, ref, text

rated_session = sa.Table(
    "rated_session",
    metadata,
    ref("id"),
    flag("held"),
    ref("tenant"),
    key("session"),
    ref("tariff", null=True),
    text("currency"),
    flag("include_vat"),
    text("vat_percent"),
    json("lines"),
    text("total"),
    json("reasons"),
    at("rated_at"),
    # Set by whatever overwrites a row: the session was rated before.
    sa.Column("again", sa.Boolean, nullable=False, server_default=sa.false()),
)
sa.Index(
    "rated_session_again",
    rated_session.c.session,
    postgresql_where=rated_session.c.again,
    sqlite_where=rated_session.c.again,
)
