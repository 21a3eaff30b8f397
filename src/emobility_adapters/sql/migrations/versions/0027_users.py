"""Users, how they prove who they are, and their sign-ins."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    _record("user_account", _text("email"), _text("name"), sa.Column("enabled", sa.Boolean(), nullable=False))
    op.create_index("user_account_email", "user_account", ["email"], unique=True)
    _record(
        "credentials",
        _text("password_hash", null=True),
        _text("link_digest", null=True),
        _at("link_until", null=True),
        _text("totp_secret", null=True),
        sa.Column("totp_confirmed", sa.Boolean(), nullable=False),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("recovery_digests", _types.JsonText(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        _at("locked_until", null=True),
    )
    _record(
        "sign_in",
        sa.Column("user", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Uuid(), nullable=False),
        sa.Column("scopes", _types.JsonText(), nullable=False),
        _text("redirect_uri"),
        _text("code_challenge"),
        _text("code_digest"),
        _at("code_until"),
        _at("redeemed_at", null=True),
        _text("refresh_digest", null=True),
        _at("refresh_until", null=True),
        _at("ends_at"),
        _at("ended_at", null=True),
        _text("ended_because", null=True),
    )
    op.create_index("sign_in_ends", "sign_in", ["ends_at"])


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, _types.PlainText(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, _types.UtcInstant(), nullable=null)


def _record(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        *columns,
    )
    op.create_index(f"{name}_by_tenant", name, ["tenant", "id"])
    guard(name)
