"""A thin layer over the HTTP API for those who call it: signing in, trying again, pages, long work, webhooks.

It needs `httpx` alone (`pip install emobility[client]`) and imports nothing of the server.
"""

from emobility_client._answer import Answer, Problem
from emobility_client._client import Client, OperationFailed, OperationUnfinished
from emobility_client._retries import Retries
from emobility_client._token import ClientCredentials, SignInRefused
from emobility_client._webhook import WebhookRefused, verify_webhook

__all__ = [
    "Answer",
    "Client",
    "ClientCredentials",
    "OperationFailed",
    "OperationUnfinished",
    "Problem",
    "Retries",
    "SignInRefused",
    "WebhookRefused",
    "verify_webhook",
]
