"""Webhooks over HTTP: sent to checked addresses only, with secrets that are stored sealed."""

from emobility_adapters.webhooks.secrets import SealedSecrets
from emobility_adapters.webhooks.sender import HttpWebhookSender, open_sender

__all__ = ["HttpWebhookSender", "SealedSecrets", "open_sender"]
