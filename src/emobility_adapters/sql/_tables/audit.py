"""The audit log: entries and their places in the chain are never changed, details can be erased."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, key, metadata, ref, text
from emobility_adapters.sql._types import PlainText

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    key(),
    ref("tenant"),
    at("at"),
    text("actor"),
    text("operation"),
    text("outcome"),
    text("content"),
)
sa.Index("audit_entry_by_tenant", audit_entry.c.tenant, audit_entry.c.id)
audit_detail = sa.Table(
    "audit_detail",
    metadata,
    key("entry"),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    ref("tenant"),
    text("subject"),
    json("before", null=True),
    json("after", null=True),
    text("salt", null=True),
    text("erased_by", null=True),
)
sa.Index("audit_detail_by_subject", audit_detail.c.tenant, audit_detail.c.subject, audit_detail.c.entry)
audit_link = sa.Table(
    "audit_link",
    metadata,
    key("tenant"),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("entry", sa.Uuid, nullable=False, unique=True),
    sa.Column("previous", PlainText, nullable=False),
    sa.Column("hash", PlainText, nullable=False),
)
# Beside the chain: how far it goes is known though its end were cut off.
audit_head = sa.Table(
    "audit_head",
    metadata,
    key("tenant"),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", PlainText, nullable=False),
)
# What was committed and has no place yet. A queue beside the log, for the log itself is never changed.
audit_waiting = sa.Table("audit_waiting", metadata, key("entry"), ref("tenant"))
