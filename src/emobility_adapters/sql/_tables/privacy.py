"""Erasures of persons' data."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import json, number, record, ref

erasure = record(
    "erasure",
    ref("customer", null=True),
    ref("user", null=True),
    sa.Column("files", sa.BigInteger, nullable=False, server_default="0"),
    json("replaced"),
    number("audit_entries"),
    json("kept"),
)
