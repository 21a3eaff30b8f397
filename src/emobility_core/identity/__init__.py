"""Who calls: API clients, and identity providers that tenants trust with what these vouch for."""

from emobility_core.identity._authentication import (
    ClientAuthentication,
    ClientIncomplete,
    ClientKeysRefused,
    NoClientSecret,
)
from emobility_core.identity._claims import (
    Claims,
    ExternalCaller,
    IssuerAmbiguous,
    NamedTenant,
    RequiredClaimUnmet,
    RolesUnmapped,
    SubjectUnnamed,
    TenantUnmapped,
    caller_of,
    named_tenant,
    trusted_for,
)
from emobility_core.identity._client import (
    SCOPES,
    ApiClient,
    ClientRefused,
    MissingScope,
    UnknownClient,
    UnknownScope,
    granted,
)
from emobility_core.identity._issuer_keys import (
    IssuerKeys,
    IssuerUnreachable,
)
from emobility_core.identity._key_ring import (
    KeyRing,
    KeyRotationUnderWay,
    SigningKey,
    SigningKeyNeeded,
    UnknownSigningKey,
)
from emobility_core.identity._ports import (
    IdentityWork,
    Principals,
    Spent,
    SpentAlready,
)
from emobility_core.identity._redirect import (
    RedirectUriRefused,
)
from emobility_core.identity._trusted_issuer import (
    ALGORITHMS,
    IssuersIndistinct,
    IssuerUrlRefused,
    TrustedIssuer,
    UnfitIssuer,
    UnknownTrustedIssuer,
    UnsafeAlgorithm,
    require_apart,
)
from emobility_core.identity._use_cases import (
    ScopeBeyondCaller,
    change_client,
    register_client,
    rotate_client_secret,
)

__all__ = [
    "ALGORITHMS",
    "SCOPES",
    "ApiClient",
    "Claims",
    "ClientAuthentication",
    "ClientIncomplete",
    "ClientKeysRefused",
    "ClientRefused",
    "ExternalCaller",
    "IdentityWork",
    "IssuerAmbiguous",
    "IssuerKeys",
    "IssuerUnreachable",
    "IssuerUrlRefused",
    "IssuersIndistinct",
    "KeyRing",
    "KeyRotationUnderWay",
    "KeyWork",
    "MissingScope",
    "NamedTenant",
    "NoClientSecret",
    "Principals",
    "RedirectUriRefused",
    "RequiredClaimUnmet",
    "RolesUnmapped",
    "ScopeBeyondCaller",
    "ServerKeys",
    "SigningKey",
    "SigningKeyNeeded",
    "Spent",
    "SpentAlready",
    "SubjectUnnamed",
    "TenantUnmapped",
    "TrustedIssuer",
    "UnfitIssuer",
    "UnknownClient",
    "UnknownScope",
    "UnknownSigningKey",
    "UnknownTrustedIssuer",
    "UnsafeAlgorithm",
    "caller_of",
    "change_client",
    "granted",
    "named_tenant",
    "register_client",
    "require_apart",
    "rotate_client_secret",
    "trusted_for",
]
