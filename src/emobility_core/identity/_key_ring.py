"""The keys that sign access tokens: each published before it signs, and kept until its tokens are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import attrs

from emobility_core.errors import Conflict, NotFound
from emobility_core.instants import Instant


@attrs.frozen
class UnknownSigningKey(NotFound):
    """There is no signing key of this name.

    Remedy: take the `kid` of one that `emobility keys list` shows.
    """

    code = "unknown-signing-key"
    kid: str


@attrs.frozen
class KeyRotationUnderWay(Conflict):
    """A new signing key has been published and does not sign yet.

    Remedy: wait until it does, or retire it, or rotate at once (`--at-once`) if the present key is not to be
    trusted.
    """

    code = "key-rotation-under-way"
    kid: str


@attrs.frozen
class SigningKeyNeeded(Conflict):
    """The key is the only one that can sign.

    Remedy: make another one first, `emobility keys rotate --at-once`.
    """

    code = "signing-key-needed"
    kid: str


@attrs.frozen(kw_only=True)
class SigningKey:
    """A key pair as text (a JSON Web Key), which signs from `signs_from` on, until a later one does.

    At `ends_at` nothing that it signed counts any more; None while that is open.
    """

    kid: str
    jwk: str = attrs.field(repr=False)
    signs_from: Instant
    ends_at: Instant | None = None

    def counts_at(self, at: Instant) -> bool:
        return self.ends_at is None or at < self.ends_at


@attrs.frozen
class KeyRing:
    """All keys, in the order in which they sign."""

    keys: tuple[SigningKey, ...]

    def published(self, at: Instant) -> Sequence[SigningKey]:
        """Those by which others may verify: also one that is yet to sign, and those before."""
        return [key for key in self.keys if key.counts_at(at)]

    def signing(self, at: Instant) -> SigningKey:
        """The one that signs."""
        started = [key for key in self.keys if key.signs_from <= at]
        return started[-1]

    def waiting(self, at: Instant) -> SigningKey | None:
        """The one that is published and does not sign yet."""
        return next((key for key in self.keys if key.signs_from > at), None)

    def rotated(
        self, kid: str, jwk: str, *, at: Instant, publish_for: timedelta, tokens_last: timedelta
    ) -> KeyRing:
        """With a new key, published for so long before it signs; the others end once tokens that they sign
        until then are over. Raises `KeyRotationUnderWay`, unless the new one is to sign at once."""
        waiting = self.waiting(at)
        if waiting is not None and publish_for:
            raise KeyRotationUnderWay(waiting.kid)
        new = SigningKey(kid=kid, jwk=jwk, signs_from=Instant(at + publish_for))
        ends_at = Instant(new.signs_from + tokens_last)
        kept = [
            attrs.evolve(key, ends_at=key.ends_at or ends_at) for key in self.published(at) if key != waiting
        ]
        return KeyRing((*kept, new))

    def retired(self, kid: str, *, at: Instant) -> KeyRing:
        """Without a key, whose tokens count no more; if it was to sign, the one beside it does. Raises
        `UnknownSigningKey` and `SigningKeyNeeded`."""
        gone = next((key for key in self.keys if key.kid == kid), None)
        if gone is None:
            raise UnknownSigningKey(kid[:100])
        rest = [key for key in self.published(at) if key != gone]
        if gone == self.waiting(at):
            # The rotation is called off.
            rest[-1] = attrs.evolve(rest[-1], ends_at=None)
        elif gone == self.signing(at):
            if (waiting := self.waiting(at)) is None:
                raise SigningKeyNeeded(kid)
            rest[-1] = attrs.evolve(waiting, signs_from=at)
        return KeyRing(tuple(rest))
