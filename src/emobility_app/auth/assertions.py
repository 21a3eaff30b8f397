"""Clients that prove themselves by a key pair: `private_key_jwt` (RFC 7523)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from emobility_core.instants import Instant

METHOD = "private_key_jwt"
TYPE = JWTBearerClientAssertion.CLIENT_ASSERTION_TYPE
# None of these can be checked with what is public taken for a shared secret.
ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "Ed25519"]
LONGEST = timedelta(minutes=5)
_LEEWAY_S = 30
_LONGEST_JTI = 200


class ClientAssertions(JWTBearerClientAssertion):
    """Checks assertions: signed by a key of the client, for this server, short, and never seen before.

    `spend` remembers an assertion's id and says whether it was new. Which header the assertion has is of no
    matter: keys come from the client's record alone, never from `jku`, `x5u` or `jwk`.
    """

    CLIENT_AUTH_METHOD = METHOD

    def __init__(
        self, audiences: list[str], now: Callable[[], Instant], spend: Callable[[Any, str, Instant], bool]
    ) -> None:
        super().__init__()
        self._audiences = audiences
        self._now = now
        self._spend = spend

    def __call__(self, query_client: Callable[[str], Any], request: Any) -> Any:
        assertion = request.form.get("client_assertion")
        if request.form.get("client_assertion_type") != TYPE or not assertion:
            return None
        try:
            _, claims = self.extract_assertion(assertion)
        except InvalidClientError:
            return None
        name = claims.get("sub")
        client = query_client(name) if isinstance(name, str) else None
        jwks = getattr(client, "jwks", None)
        if client is None or jwks is None or request.form.get("client_id", name) != name:
            return None
        signed = self._signed(assertion, jwks)
        if signed is None:
            return None
        self._check(client, signed)
        return client

    def _signed(self, assertion: str, jwks: Mapping[str, Any]) -> dict[str, Any] | None:
        """The claims, if a key of the client signed them: who has no such key learns no more."""
        try:
            keys = KeySet.import_key_set({"keys": list(jwks["keys"])})
            return dict(jwt.decode(assertion, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            return None

    def _check(self, client: Any, claims: dict[str, Any]) -> None:
        now = self._now()
        expires, jti = claims.get("exp"), claims.get("jti")
        if claims.get("iss") != claims["sub"]:
            raise _refused("iss and sub must both name the client")
        heard = claims.get("aud")
        if not set(heard if isinstance(heard, list) else [heard]) & set(self._audiences):
            raise _refused("the assertion is for somebody else")
        if isinstance(expires, bool) or not isinstance(expires, int | float):
            raise _refused("the assertion has no exp")
        left_s = expires - now.timestamp()
        if left_s <= -_LEEWAY_S:
            raise _refused("the assertion has expired")
        # What is no number at all (NaN) lies on neither side of a bound.
        if not left_s <= LONGEST.total_seconds() + _LEEWAY_S:
            raise _refused("the assertion counts for longer than five minutes")
        if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
            raise _refused("the assertion has no jti")
        if not self._spend(client, jti, Instant(now + 2 * LONGEST)):
            raise _refused("the assertion was used before")


def claimed_subject(assertion: str) -> str:
    """Whose an assertion says it is, which nothing of it proves yet; empty if it says nothing."""
    try:
        claims = json.loads(jws.extract_compact(assertion.encode()).payload)
    except (JoseError, ValueError):
        return ""
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return subject if isinstance(subject, str) else ""


class AssertionRefused(InvalidClientError):
    """An assertion that a key of the client signed, and that does not count: told why."""


def _refused(reason: str) -> AssertionRefused:
    return AssertionRefused(description=reason, status_code=401)
