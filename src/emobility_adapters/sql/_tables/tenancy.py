"""Tenants, their test clocks, the programs that act for them, and the identity providers that they trust."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, flag, json, metadata, record, ref, text, watch_rules
from emobility_adapters.sql._types import JsonText, PlainText

tenant = record(
    "tenant",
    text("name"),
    text("kind"),
    ref("parent", null=True),
    text("path"),
    watch_rules(),
    sa.Column("settings", JsonText, nullable=False, server_default="{}"),
    sa.Column("locked", JsonText, nullable=False, server_default="[]"),
    at("closed_at", null=True),
)
sa.Index("tenant_path", tenant.c.path, unique=True)

trusted_issuer = record(
    "trusted_issuer",
    text("name"),
    text("issuer"),
    json("audiences"),
    json("algorithms"),
    json("required_claims"),
    text("subject_claim"),
    text("email_claim", null=True),
    ref("home", null=True),
    text("tenant_claim", null=True),
    text("tenant_system", null=True),
    text("roles_claim", null=True),
    json("roles"),
    json("default_roles"),
    flag("enabled"),
)
sa.Index("trusted_issuer_url", trusted_issuer.c.issuer, trusted_issuer.c.id)
api_client = record(
    "api_client",
    text("name"),
    json("scopes"),
    sa.Column("authentication", PlainText, nullable=False, server_default="secret"),
    json("jwks", null=True),
    sa.Column("redirect_uris", JsonText, nullable=False, server_default="[]"),
    sa.Column("first_party", sa.Boolean, nullable=False, server_default=sa.false()),
    flag("enabled"),
    text("secret_digest"),
    text("previous_secret_digest", null=True),
    at("previous_secret_until", null=True),
)
spent = sa.Table(
    "spent", metadata, sa.Column("mark", PlainText, primary_key=True), ref("tenant"), at("until")
)
sa.Index("spent_until", spent.c.until)
test_clock = record("test_clock", at("now"), at("target", null=True), ref("operation", null=True))
