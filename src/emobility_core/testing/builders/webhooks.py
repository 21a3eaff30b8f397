"""Webhook endpoints, deliveries and event cursors."""

from __future__ import annotations

from typing import Any

from emobility_core.event_cursors import EventCursor
from emobility_core.ids import EventCursorId, EventId, WebhookDeliveryId, WebhookEndpointId
from emobility_core.testing.builders.basis import ids, stored
from emobility_core.testing.clock import NOON
from emobility_core.webhooks import WebhookDelivery, WebhookEndpoint


def make_webhook_endpoint(**changes: Any) -> WebhookEndpoint:
    fields = {
        "id": WebhookEndpointId(ids.uuid7(NOON)),
        "url": "https://erp.example/hooks",
        "event_types": ("session.*",),
        "secret": "s3aled",
    }
    return WebhookEndpoint(**stored({**fields, **changes}))


def make_webhook_delivery(**changes: Any) -> WebhookDelivery:
    fields = {
        "id": WebhookDeliveryId(ids.uuid7(NOON)),
        "endpoint": WebhookEndpointId(ids.uuid7(NOON)),
        "event": EventId(ids.uuid7(NOON)),
        "event_type": "session.ended",
        "next_attempt_at": NOON,
    }
    return WebhookDelivery(**stored({**fields, **changes}))


def make_event_cursor(**changes: Any) -> EventCursor:
    number = ids.uuid7(NOON)
    fields = {"id": EventCursorId(number), "client": "cli_1", "name": f"erp-{number.hex}", "position": 7}
    return EventCursor(**stored({**fields, **changes}))
