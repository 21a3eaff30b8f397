"""OAuth 2.0: who calls, for which tenant, with which scopes."""

from emobility_app.auth.access import Access
from emobility_app.auth.keys import SigningKeys, new_signing_key
from emobility_app.auth.server import Issuing, TokenEndpoint
from emobility_app.auth.tokens import AccessTokens, Caller, TokenRefused

__all__ = [
    "Access",
    "AccessTokens",
    "Caller",
    "Issuing",
    "SigningKeys",
    "TokenEndpoint",
    "TokenRefused",
    "new_signing_key",
]
