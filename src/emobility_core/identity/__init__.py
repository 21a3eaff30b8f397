"""API clients and what they may do."""

from emobility_core.identity._client import (
    SCOPES,
    ApiClient,
    ClientRefused,
    MissingScope,
    UnknownClient,
    UnknownScope,
    granted,
)

__all__ = [
    "SCOPES",
    "ApiClient",
    "ClientRefused",
    "MissingScope",
    "UnknownClient",
    "UnknownScope",
    "granted",
]
