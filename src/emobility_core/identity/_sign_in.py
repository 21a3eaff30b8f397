"""A sign-in: a person at a client, from the authorization code through all refresh tokens to the end."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import Denied, NotFound
from emobility_core.ids import ClientId, SignInId, UserId
from emobility_core.instants import Instant
from emobility_core.work import Record

CODE_LASTS = timedelta(seconds=60)
# A refresh token that is not used for so long is over; so is a sign-in as a whole at last.
REFRESH_LASTS = timedelta(days=14)
SIGN_IN_LASTS = timedelta(days=90)


@attrs.frozen
class UnknownSignIn(NotFound):
    """There is no such sign-in within the caller's scope.

    Remedy: sign in anew.
    """

    code = "unknown-sign-in"
    sign_in: UUID


@attrs.frozen
class CredentialOver(Denied):
    """An authorization code or refresh token has expired, or its sign-in was ended.

    Remedy: have the person sign in anew.
    """

    code = "credential-over"


@attrs.frozen
class CredentialReused(Denied):
    """An authorization code or refresh token was used before, so somebody may have a copy of it.

    Remedy: have the person sign in anew; all tokens of the sign-in have been ended.
    """

    code = "credential-reused"


class EndedBecause(Enum):
    """Why a sign-in is over before its time."""

    REVOKED = "revoked"
    REUSED = "reused"
    NEW_PASSWORD = "new_password"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    SWITCHED_OFF = "switched_off"


@attrs.frozen(kw_only=True)
class SignIn(Record):
    """Of codes and refresh tokens only keyed digests are kept: the code's until it is redeemed, then that of
    the one refresh token that counts. Nothing can come of it after `kept_until`."""

    id: SignInId
    user: UserId
    client: ClientId
    scopes: tuple[str, ...]
    redirect_uri: str
    code_challenge: str
    code_digest: str = attrs.field(repr=False)
    code_until: Instant
    redeemed_at: Instant | None = None
    refresh_digest: str | None = attrs.field(default=None, repr=False)
    refresh_until: Instant | None = None
    ends_at: Instant
    ended_at: Instant | None = None
    ended_because: EndedBecause | None = None
    kept_until: Instant

    def counts_at(self, at: Instant) -> bool:
        return self.ended_at is None and at < self.ends_at

    def redeemed(self, code: str, refresh: str, *, at: Instant) -> SignIn:
        """The code is given for the first refresh token (both as digests); raise `CredentialReused` and
        `CredentialOver`."""
        if self.redeemed_at is not None:
            raise CredentialReused()
        if not self.counts_at(at) or code != self.code_digest or at >= self.code_until:
            raise CredentialOver()
        return attrs.evolve(self._refreshing(refresh, at), redeemed_at=at)

    def refreshed(self, refresh: str, new: str, *, at: Instant) -> SignIn:
        """A refresh token is given for the next one; raise as `redeemed` does."""
        if refresh != self.refresh_digest:
            raise CredentialReused()
        if not self.counts_at(at) or at >= (self.refresh_until or at):
            raise CredentialOver()
        return self._refreshing(new, at)

    def _refreshing(self, refresh: str, at: Instant) -> SignIn:
        until = min(Instant(at + REFRESH_LASTS), self.ends_at)
        return attrs.evolve(
            self, refresh_digest=refresh, refresh_until=until, kept_until=until, updated_at=at
        )

    def ended(self, because: EndedBecause, *, at: Instant) -> SignIn:
        if self.ended_at is not None:
            return self
        return attrs.evolve(self, ended_at=at, ended_because=because, kept_until=at, updated_at=at)
