"""The keys that sign access tokens: ES256, kept as JSON Web Keys in a ring, read anew when it changes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from joserfc.jwk import ECKey, KeySet

from emobility_core.identity import KeyRing, SigningKey
from emobility_core.instants import Clock, Instant
from emobility_core.work import Event

ALGORITHM = "ES256"
NAME = "signing"
_EVER = Instant(datetime(1970, 1, 1, tzinfo=UTC))


def new_signing_key() -> str:
    """Make a key and return it as JSON text; its `kid` is the key's thumbprint (RFC 7638)."""
    key = ECKey.generate_key("P-256", private=True)
    content = key.as_dict(private=True) | {"kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}
    return json.dumps(content)


def ring_of(text: str) -> KeyRing:
    """Read what `ring_text` wrote, or the single key of a database that has never had another one."""
    content = json.loads(text)
    if "kty" in content:
        return KeyRing((SigningKey(kid=_kid(content), jwk=text, signs_from=_EVER),))
    return KeyRing(tuple(_key(one) for one in content["ring"]))


def ring_text(ring: KeyRing) -> str:
    return json.dumps(
        {
            "ring": [
                {
                    "jwk": json.loads(key.jwk),
                    "signs_from": key.signs_from.timestamp(),
                    "ends_at": None if key.ends_at is None else key.ends_at.timestamp(),
                }
                for key in ring.keys
            ]
        }
    )


def _key(stored: Mapping[str, Any]) -> SigningKey:
    ends_at = stored["ends_at"]
    return SigningKey(
        kid=_kid(stored["jwk"]),
        jwk=json.dumps(stored["jwk"]),
        signs_from=_instant(stored["signs_from"]),
        ends_at=None if ends_at is None else _instant(ends_at),
    )


def _instant(seconds: float) -> Instant:
    return Instant(datetime.fromtimestamp(seconds, UTC))


def _kid(jwk: Mapping[str, Any]) -> str:
    return str(jwk.get("kid") or ECKey.import_key(dict(jwk)).thumbprint())


class SigningKeys:
    """The ring as this process knows it; whoever follows the feed calls `heed`, and all others `ready` before
    they use it."""

    def __init__(self, load: Callable[[], Awaitable[str]], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._ring = KeyRing(())
        self._pairs: dict[str, ECKey] = {}
        self._heard, self._read = 1, 0

    def heed(self, event: Event) -> None:
        """Look again after a rotation."""
        if event.type.startswith("signing_key."):
            self._heard += 1

    async def ready(self) -> None:
        """Read the ring, if it may have changed."""
        while self._read != self._heard:
            heard = self._heard
            ring = ring_of(await self._load())
            self._pairs = {key.kid: ECKey.import_key(json.loads(key.jwk)) for key in ring.keys}
            self._ring, self._read = ring, heard

    def signing(self) -> tuple[str, ECKey]:
        """The `kid` of the key that signs, and the key."""
        kid = self._ring.signing(self._clock.now()).kid
        return kid, self._pairs[kid]

    def verifying(self) -> KeySet:
        """Those that may have signed what still counts."""
        published = self._ring.published(self._clock.now())
        return KeySet([self._pairs[key.kid] for key in published])

    def counts(self, kid: str) -> bool:
        """Whether what this key signed still counts."""
        now = self._clock.now()
        return any(key.kid == kid and key.counts_at(now) for key in self._ring.keys)

    def public(self) -> list[dict[str, Any]]:
        """The keys as others may have them, to verify."""
        return [
            dict(self._pairs[key.kid].as_dict(private=False))
            | {"kid": key.kid, "use": "sig", "alg": ALGORITHM}
            for key in self._ring.published(self._clock.now())
        ]
