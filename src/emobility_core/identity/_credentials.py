"""How a user proves who they are: a password, a second factor."""

from __future__ import annotations

import attrs

from emobility_core.errors import Conflict, Denied, Invalid
from emobility_core.identity._totp import matching_step
from emobility_core.ids import UserId
from emobility_core.instants import Instant
from emobility_core.work import Record

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200


@attrs.frozen
class PasswordRefused(Invalid):
    """A password is too short, too long, or among those that everybody tries first.

    Remedy: choose 12 to 200 characters that are not a common password nor your e-mail address; no kinds of
    characters are asked for.
    """

    code = "password-refused"
    reason: str


@attrs.frozen
class PasswordLinkRefused(Denied):
    """A link to set a password has been used, has expired, or was replaced by a newer one.

    Remedy: have an administrator make a new one.
    """

    code = "password-link-refused"


@attrs.frozen
class SecondFactorRefused(Denied):
    """A code of the second factor is wrong or was used before.

    Remedy: wait for the next code of the app, and see that the clock of the device is right.
    """

    code = "second-factor-refused"


@attrs.frozen
class SecondFactorInUse(Conflict):
    """The user has a second factor already.

    Remedy: have an administrator remove it first (`DELETE /v1/users/{id}/second-factor`).
    """

    code = "second-factor-in-use"


@attrs.frozen
class NoSecondFactor(Conflict):
    """There is no second factor, or none that waits to be confirmed.

    Remedy: begin anew at `/sign-in/second-factor`.
    """

    code = "no-second-factor"


def require_password(password: str, *, email: str, common: frozenset[str]) -> None:
    """Raise `PasswordRefused` (NIST SP 800-63B, 5.1.1.2: length, and not a common one)."""
    folded = password.casefold()
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise PasswordRefused(f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if folded in common or folded in (email.casefold(), email.casefold().partition("@")[0]):
        raise PasswordRefused("is among those that are tried first")
    if len(set(folded)) < 4:
        raise PasswordRefused("repeats the same few characters")


@attrs.frozen(kw_only=True)
class Credentials(Record):
    """Of one user, under the user's id. The password is hashed, the second factor sealed; `totp_step` is the
    last step whose code was used, and no earlier one counts again. Whoever proved who they are before
    `changed_at` did so by what counts no more."""

    id: UserId
    password_hash: str | None = attrs.field(default=None, repr=False)
    link_digest: str | None = attrs.field(default=None, repr=False)
    link_until: Instant | None = None
    totp_secret: str | None = attrs.field(default=None, repr=False)
    totp_confirmed: bool = False
    totp_step: int = 0
    recovery_digests: tuple[str, ...] = attrs.field(default=(), repr=False)
    changed_at: Instant | None = None

    def is_proof_of(self, at: Instant) -> bool:
        """Whether what proved the user at an instant still does."""
        return self.changed_at is None or self.changed_at <= at

    def forgotten(self, at: Instant) -> Credentials:
        """Nothing by which anybody could prove to be the user."""
        return Credentials(
            id=self.id, tenant=self.tenant, created_at=self.created_at, updated_at=at, version=self.version
        )

    def linked(self, digest: str, *, until: Instant, at: Instant) -> Credentials:
        """With a link by which a password may be set once."""
        return attrs.evolve(self, link_digest=digest, link_until=until, updated_at=at)

    def with_password(self, hashed: str, *, link: str, at: Instant) -> Credentials:
        """Set by a link, without a second factor that was begun with the one before and not confirmed; raise
        `PasswordLinkRefused`."""
        if self.link_digest is None or link != self.link_digest or (self.link_until or at) <= at:
            raise PasswordLinkRefused()
        fresh = attrs.evolve(self, password_hash=hashed, link_digest=None, link_until=None)
        begun = fresh.totp_secret is not None and not fresh.totp_confirmed
        return fresh.without_second_factor(at) if begun else fresh._changed(at)

    def enrolled(self, sealed: str, *, at: Instant) -> Credentials:
        """With a second factor that is yet to be confirmed; raise `SecondFactorInUse`."""
        if self.totp_confirmed:
            raise SecondFactorInUse()
        return attrs.evolve(self, totp_secret=sealed, totp_step=0, updated_at=at)

    def confirmed(
        self, secret: bytes, code: str, recovery_digests: tuple[str, ...], *, at: Instant
    ) -> Credentials:
        """Once a code shows that the app has the secret; raise `SecondFactorRefused`."""
        step = matching_step(secret, code, at=at, after=self.totp_step)
        if step is None:
            raise SecondFactorRefused()
        confirmed = attrs.evolve(self, totp_confirmed=True, totp_step=step, recovery_digests=recovery_digests)
        return confirmed._changed(at)

    def proven(self, secret: bytes, code: str, recovery_digest: str, *, at: Instant) -> Credentials | None:
        """After a code of the app, or one of the recovery codes, each once; None for anything else."""
        step = matching_step(secret, code, at=at, after=self.totp_step)
        if step is not None:
            return attrs.evolve(self, totp_step=step, updated_at=at)
        if recovery_digest not in self.recovery_digests:
            return None
        left = tuple(one for one in self.recovery_digests if one != recovery_digest)
        return attrs.evolve(self, recovery_digests=left, updated_at=at)

    def without_second_factor(self, at: Instant) -> Credentials:
        without = attrs.evolve(self, totp_secret=None, totp_confirmed=False, totp_step=0, recovery_digests=())
        return without._changed(at)

    def _changed(self, at: Instant) -> Credentials:
        return attrs.evolve(self, changed_at=at, updated_at=at)
