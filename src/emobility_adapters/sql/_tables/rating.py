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
)
