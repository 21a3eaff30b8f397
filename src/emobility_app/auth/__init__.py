"""OAuth 2.0: who calls, for which tenant, with which scopes."""

from emobility_app.auth.access import Access
from emobility_app.auth.external import ExternalTokens, Trusts
from emobility_app.auth.keys import SigningKeys, new_signing_key
from emobility_app.auth.server import Issuing, TokenEndpoint, claimed_client
from emobility_app.auth.tokens import AccessTokens, Caller, TokenRefused, bearer
from emobility_app.auth.trusts import StoredTrusts

__all__ = [
    "Access",
    "AccessTokens",
    "Caller",
    "ExternalTokens",
    "Issuing",
    "SigningKeys",
    "StoredTrusts",
    "TokenEndpoint",
    "TokenRefused",
    "Trusts",
    "bearer",
    "claimed_client",
    "new_signing_key",
]
