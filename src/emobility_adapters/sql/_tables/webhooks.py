"""Receivers of events, deliveries to them, and how far clients have come along the feed."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, flag, json, number, record, ref, text

webhook_endpoint = record(
    "webhook_endpoint",
    text("url"),
    json("event_types"),
    flag("include_descendants"),
    text("description"),
    flag("enabled"),
    text("disabled_reason", null=True),
    text("secret"),
    text("previous_secret", null=True),
    at("previous_secret_until", null=True),
    at("paused_until", null=True),
    at("failing_since", null=True),
)
webhook_delivery = record(
    "webhook_delivery",
    ref("endpoint"),
    ref("event"),
    text("event_type"),
    text("state"),
    number("tries"),
    at("next_attempt_at", null=True),
    json("attempts"),
)
sa.Index("webhook_delivery_event", webhook_delivery.c.endpoint, webhook_delivery.c.event, unique=True)
_pending: sa.ColumnElement[bool] = sa.literal_column("state = 'pending'")
sa.Index(
    "webhook_delivery_due",
    webhook_delivery.c.endpoint,
    webhook_delivery.c.next_attempt_at,
    webhook_delivery.c.id,
    sqlite_where=_pending,
    postgresql_where=_pending,
)

event_cursor = record("event_cursor", text("client"), text("name"), number("position"))
sa.Index("event_cursor_name", event_cursor.c.tenant, event_cursor.c.client, event_cursor.c.name, unique=True)
