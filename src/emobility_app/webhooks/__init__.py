"""Webhooks: what the feed brings is queued for those who subscribe to it, and sent."""

from emobility_app.webhooks.message import LONGEST_BODY, message
from emobility_app.webhooks.queueing import SUBSCRIBER, WebhookQueueing
from emobility_app.webhooks.sending import WebhookSending

__all__ = ["LONGEST_BODY", "SUBSCRIBER", "WebhookQueueing", "WebhookSending", "message"]
