"""Users, how they prove who they are, and their sign-ins."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, flag, json, metadata, number, record, ref, text
from emobility_adapters.sql._types import PlainText

user_account = record("user_account", text("email"), text("name"), flag("enabled"))
# Within the tenant: people sign in by both.
sa.Index("user_account_email", user_account.c.tenant, user_account.c.email, unique=True)

credentials = record(
    "credentials",
    text("password_hash", null=True),
    text("link_digest", null=True),
    at("link_until", null=True),
    text("totp_secret", null=True),
    flag("totp_confirmed"),
    number("totp_step"),
    json("recovery_digests"),
    at("changed_at", null=True),
)

sign_in_failure = sa.Table(
    "sign_in_failure",
    metadata,
    sa.Column("tenant", sa.Uuid(), primary_key=True),
    sa.Column("mark", PlainText, primary_key=True),
    number("count"),
    at("failed_at"),
    at("locked_until", null=True),
)
sa.Index("sign_in_failure_age", sign_in_failure.c.failed_at)

sign_in = record(
    "sign_in",
    ref("user"),
    ref("client"),
    json("scopes"),
    text("redirect_uri"),
    text("code_challenge"),
    text("code_digest"),
    at("code_until"),
    at("redeemed_at", null=True),
    text("refresh_digest", null=True),
    at("refresh_until", null=True),
    at("ends_at"),
    at("ended_at", null=True),
    text("ended_because", null=True),
    at("kept_until"),
)
sa.Index("sign_in_kept", sign_in.c.kept_until)
sa.Index("sign_in_user", sign_in.c.user)
