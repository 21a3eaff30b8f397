"""OAuth 2.0: who calls, for which tenant, with which scopes."""

from emobility_app.auth.keys import SigningKey, new_signing_key
from emobility_app.auth.server import TokenEndpoint
from emobility_app.auth.tokens import AccessTokens, Caller, TokenRefused

__all__ = [
    "AccessTokens",
    "Caller",
    "SigningKey",
    "TokenEndpoint",
    "TokenRefused",
    "new_signing_key",
]
