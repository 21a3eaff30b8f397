"""A JWT of somebody else: what it says before it is believed, and what it takes to believe it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import attrs
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from emobility_app.auth.tokens import TokenRefused
from emobility_core.instants import Instant

_MOST_BYTES = 16 * 1024
# Clocks of identity providers are others than ours; what has expired has expired.
_LEEWAY = timedelta(seconds=60)
# The year 10000, in seconds; no comparison with NaN holds.
_END_OF_TIME = 253_402_300_800
# RFC 9068, 2.1; many issuers say JWT or nothing.
_TYPES = ("", "jwt", "at+jwt", "application/at+jwt")
# Claims that only ID tokens have (OpenID Connect Core 1.0, 2 and 3.3.2.11); how Keycloak calls its tokens.
_OF_ID_TOKENS = ("nonce", "at_hash", "c_hash", "s_hash")
_CALLED_ACCESS = ("bearer", "at+jwt", "jwt")
_KEY_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


@attrs.frozen
class ForeignJwt:
    """A token taken apart, not verified."""

    text: str = attrs.field(repr=False)
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @classmethod
    def read(cls, text: str) -> ForeignJwt | None:
        """Take a token apart; None for what is none."""
        parts = text.split(".")
        if len(text) > _MOST_BYTES or len(parts) != 3 or not text.isascii():
            return None
        try:
            header, claims = (json.loads(urlsafe_b64decode(part.encode())) for part in parts[:2])
        except (ValueError, RecursionError):
            return None
        both = isinstance(header, dict) and isinstance(claims, dict)
        return cls(text, header, claims) if both else None

    @property
    def issuer(self) -> str:
        found = self.claims.get("iss")
        return found if isinstance(found, str) else ""

    @property
    def kid(self) -> str | None:
        found = self.header.get("kid")
        if found is not None and not isinstance(found, str):
            raise TokenRefused("the name of the token's key is no text")
        return found

    @property
    def expires(self) -> float:
        return _number(self.claims, "exp")

    def is_for(self, audiences: Collection[str]) -> bool:
        found = self.claims.get("aud")
        return any(one in audiences for one in (found if isinstance(found, list) else [found]))

    def algorithm(self, allowed: Collection[str]) -> str:
        """How it is signed; raise `TokenRefused` for any other way than those."""
        found = self.header.get("alg")
        if not isinstance(found, str) or found not in allowed:
            raise TokenRefused("the token is signed in a way that its issuer is not trusted with")
        return found

    def require_access_token(self) -> None:
        """Raise `TokenRefused` for what was made for another purpose, as far as one can tell."""
        if str(self.header.get("typ", "")).lower() not in _TYPES:
            raise TokenRefused("the token is no access token")
        called = str(self.claims.get("typ", "Bearer")).lower()
        if called not in _CALLED_ACCESS or any(name in self.claims for name in _OF_ID_TOKENS):
            raise TokenRefused("the token is an ID token or another one that opens no API")
        # RFC 9449 and RFC 8705: whoever has it must prove more than that he has it.
        if "cnf" in self.claims:
            raise TokenRefused("the token is bound to a key and does not count as a bearer's")

    def require_time(self, now: Instant) -> None:
        """Raise `TokenRefused` unless the token counts now."""
        latest = (now + _LEEWAY).timestamp()
        if self.expires <= now.timestamp():
            raise TokenRefused("the access token has expired")
        if any(_number(self.claims, name) > latest for name in ("nbf", "iat") if name in self.claims):
            raise TokenRefused("the access token does not count yet")

    def require_signed(self, keys: Sequence[Mapping[str, object]], algorithm: str) -> None:
        """Raise `TokenRefused` unless it is signed by the one of these keys that fits."""
        kind = _KEY_KINDS[algorithm[:2]]
        fitting = [key for key in keys if key["kty"] == kind and key.get("alg", algorithm) == algorithm]
        if len(fitting) != 1:
            raise TokenRefused("the issuer has no such key, or the token does not say which")
        # What else a header says is left alone, but for `crit`; it may hold a certificate.
        registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        registry.max_header_length = _MOST_BYTES
        key: dict[str, Any] = dict(fitting[0])
        try:
            jwt.decode(self.text, import_key(key), registry=registry)
        # A `crit` that is no list raises TypeError, a curve that nobody knows KeyError.
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise TokenRefused("the signature of the token is not its issuer's") from error


def _number(claims: Mapping[str, Any], name: str) -> float:
    """An instant (RFC 7519, 2); raise `TokenRefused` for what is none: NaN lies before and after nothing."""
    found = claims.get(name)
    if not isinstance(found, bool) and isinstance(found, int | float) and abs(found) < _END_OF_TIME:
        return float(found)
    raise TokenRefused(f"the token does not say {name} as it must")
