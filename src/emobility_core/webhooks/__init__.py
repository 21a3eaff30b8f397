"""Webhooks: events pushed to receivers of tenants, signed, tried again, and on record."""

from emobility_core.webhooks._delivery import (
    DeliveryState,
    UnknownWebhookDelivery,
    WebhookAttempt,
    WebhookDelivery,
)
from emobility_core.webhooks._endpoint import (
    TESTED,
    DisabledReason,
    MalformedSubscription,
    TooManyWebhookEndpoints,
    UnknownWebhookEndpoint,
    WebhookEndpoint,
    WebhookEndpointDisabled,
)
from emobility_core.webhooks._ports import (
    PastEvents,
    ReceiverUnreachable,
    WebhookAnswer,
    WebhookDeliveries,
    WebhookEndpoints,
    WebhookSecretLocked,
    WebhookSecrets,
    WebhookSender,
    WebhookWork,
)
from emobility_core.webhooks._reach import WebhookReach, WebhookUrlRefused
from emobility_core.webhooks._schedule import PAUSES, next_try, told_to_wait
from emobility_core.webhooks._signing import SECRET_BYTES, secret_text, signed_headers
from emobility_core.webhooks._use_cases import (
    change_endpoint,
    delivery_of,
    endpoint_event,
    queue_deliveries,
    redeliver,
    remove_endpoint,
    replay,
    rotate_secret,
    settle_attempt,
    try_endpoint,
)

__all__ = [
    "PAUSES",
    "SECRET_BYTES",
    "TESTED",
    "DeliveryState",
    "DisabledReason",
    "MalformedSubscription",
    "PastEvents",
    "ReceiverUnreachable",
    "TooManyWebhookEndpoints",
    "UnknownWebhookDelivery",
    "UnknownWebhookEndpoint",
    "WebhookAnswer",
    "WebhookAttempt",
    "WebhookDeliveries",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEndpointDisabled",
    "WebhookEndpoints",
    "WebhookReach",
    "WebhookSecretLocked",
    "WebhookSecrets",
    "WebhookSender",
    "WebhookUrlRefused",
    "WebhookWork",
    "change_endpoint",
    "delivery_of",
    "endpoint_event",
    "next_try",
    "queue_deliveries",
    "redeliver",
    "remove_endpoint",
    "replay",
    "rotate_secret",
    "secret_text",
    "settle_attempt",
    "signed_headers",
    "told_to_wait",
    "try_endpoint",
]
