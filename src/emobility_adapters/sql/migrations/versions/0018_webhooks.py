"""Webhook endpoints, deliveries to them, and event cursors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    _record(
        "webhook_endpoint",
        sa.Column("url", _types.PlainText(), nullable=False),
        sa.Column("event_types", _types.JsonText(), nullable=False),
        sa.Column("include_descendants", sa.Boolean(), nullable=False),
        sa.Column("description", _types.PlainText(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", _types.PlainText(), nullable=True),
        sa.Column("secret", _types.PlainText(), nullable=False),
        sa.Column("previous_secret", _types.PlainText(), nullable=True),
        sa.Column("previous_secret_until", _types.UtcInstant(), nullable=True),
        sa.Column("paused_until", _types.UtcInstant(), nullable=True),
    )
    _record(
        "webhook_delivery",
        sa.Column("endpoint", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("event_type", _types.PlainText(), nullable=False),
        sa.Column("state", _types.PlainText(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", _types.UtcInstant(), nullable=True),
        sa.Column("attempts", _types.JsonText(), nullable=False),
    )
    op.create_index("webhook_delivery_event", "webhook_delivery", ["endpoint", "event"], unique=True)
    pending = sa.text("state = 'pending'")
    op.create_index(
        "webhook_delivery_due",
        "webhook_delivery",
        ["endpoint", "next_attempt_at", "id"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    _record(
        "event_cursor",
        sa.Column("client", _types.PlainText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
    )
    op.create_index("event_cursor_name", "event_cursor", ["tenant", "client", "name"], unique=True)


def _record(name: str, *columns: sa.Column[object]) -> None:
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
