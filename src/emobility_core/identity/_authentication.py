"""How API clients prove themselves: by a secret, by a key pair, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, Invalid

_MOST_KEYS = 10
# RFC 7518, 6: those whose public part proves what the private one has signed.
_KEY_TYPES = ("EC", "RSA", "OKP")
_PRIVATE_PARTS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


@attrs.frozen
class ClientKeysRefused(Invalid):
    """What is given as the public keys of an API client is no set of public keys (RFC 7517).

    Remedy: give `{"keys": [...]}` with 1 to 10 public keys of the types EC, RSA or OKP, without their private
    parts.
    """

    code = "client-keys-refused"
    reason: str


@attrs.frozen
class ClientIncomplete(Invalid):
    """An API client lacks what its way of proving itself needs, or has what it cannot use.

    Remedy: give `jwks` to a client that authenticates by `private_key_jwt` and to no other, and at least one
    redirect URI to a public one (`none`).
    """

    code = "client-incomplete"
    authentication: str


@attrs.frozen
class NoClientSecret(Conflict):
    """The API client does not prove itself by a secret.

    Remedy: change its `jwks` instead, or create a client that authenticates by a secret.
    """

    code = "no-client-secret"
    client: UUID


class ClientAuthentication(Enum):
    """How a client proves itself at the token endpoint; a public one (`none`) cannot, and needs PKCE."""

    SECRET = "secret"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


def require_public_keys(jwks: Mapping[str, object] | None) -> None:
    """Raise `ClientKeysRefused` for what holds anything but public keys."""
    if jwks is None:
        return
    keys = jwks.get("keys")
    if set(jwks) != {"keys"} or not isinstance(keys, list | tuple) or not 0 < len(keys) <= _MOST_KEYS:
        raise ClientKeysRefused("not a set of 1 to 10 keys")
    for key in keys:
        if not isinstance(key, Mapping) or key.get("kty") not in _KEY_TYPES:
            raise ClientKeysRefused("a key is of no known type")
        if private := sorted(_PRIVATE_PARTS & set(key)):
            raise ClientKeysRefused(f"a key tells its private part {private[0]}")
