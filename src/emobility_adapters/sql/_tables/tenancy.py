"""Tenants and the programs that act for them."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import flag, json, record, ref, text, watch_rules

tenant = record("tenant", text("name"), text("kind"), ref("parent", null=True), text("path"), watch_rules())
sa.Index("tenant_path", tenant.c.path, unique=True)

api_client = record("api_client", text("name"), json("scopes"), text("secret_digest"), flag("enabled"))
