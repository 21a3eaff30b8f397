"""Users, how they prove who they are, and their sign-ins."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, flag, json, number, record, ref, text

user_account = record("user_account", text("email"), text("name"), flag("enabled"))
# In all of the server: people sign in by it.
sa.Index("user_account_email", user_account.c.email, unique=True)

credentials = record(
    "credentials",
    text("password_hash", null=True),
    text("link_digest", null=True),
    at("link_until", null=True),
    text("totp_secret", null=True),
    flag("totp_confirmed"),
    number("totp_step"),
    json("recovery_digests"),
    number("failures"),
    at("locked_until", null=True),
)

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
)
sa.Index("sign_in_ends", sign_in.c.ends_at)
