"""What identity needs from outside: records of who may call, from storage and from memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from emobility_core.errors import Denied, Unavailable
from emobility_core.identity._client import ApiClient
from emobility_core.identity._credentials import Credentials
from emobility_core.identity._failures import Failures
from emobility_core.identity._sign_in import SignIn
from emobility_core.identity._trusted_issuer import TrustedIssuer
from emobility_core.identity._user import User
from emobility_core.ids import ClientId, Ids, SignInId, TenantId, TrustedIssuerId, UserId
from emobility_core.instants import Clock, Instant
from emobility_core.work import Outbox, Records, Scope, Transactions


@attrs.frozen
class SpentAlready(Denied):
    """What counts once only has been used before.

    Remedy: make or ask for a new one.
    """

    code = "spent-already"


class Spent(Protocol):
    """Marks of what counts once only, by their digests."""

    async def spend(self, mark: str, *, tenant: TenantId, until: Instant) -> None:
        """Remember a mark; raise `SpentAlready` (here or on leaving) for one that is remembered."""
        ...

    async def forget(self, before: Instant, *, limit: int) -> int:
        """Drop some of those that were to be remembered until then; return how many."""
        ...


class SignInFailures(Protocol):
    """Failures to sign in, by tenant and the mark of what was typed."""

    async def hold(self, mark: str, *, tenant: TenantId, at: Instant) -> Failures:
        """The failures of a name, none since `at` where it was never tried; until the unit ends nobody else
        gets them."""
        ...

    async def put(self, failures: Failures) -> None:
        """Store what was held, changed."""
        ...

    async def drop(self, failures: Failures) -> None: ...

    async def forget(self, before: Instant, *, limit: int) -> int:
        """Drop some of those whose last one was before that; return how many."""
        ...


class SignIns(Records[SignIn], Protocol):
    """Sign-ins."""

    async def forget(self, before: Instant, *, limit: int) -> int:
        """Drop some of those that nothing can come of after that; return how many."""
        ...


class TrustedIssuers(Records[TrustedIssuer], Protocol):
    """Trusts."""

    async def hold(self) -> None:
        """Until the unit ends nobody else who asks for it writes a trust, at whatever tenant: what keeps them
        apart holds over all of them."""
        ...


class ServerKeys(Protocol):
    """The server's own keys, each a text of a name."""

    async def get_for_change(self, name: str) -> str:
        """Return a key's text; until the unit ends nobody else replaces it."""
        ...

    async def replace(self, name: str, value: str) -> None: ...


class KeyWork(Protocol):
    """What a unit of work about the server's keys has."""

    @property
    def server_keys(self) -> ServerKeys: ...
    @property
    def outbox(self) -> Outbox: ...


class IdentityWork(Protocol):
    """What a unit of work about clients and users has."""

    @property
    def users(self) -> Records[User]: ...
    @property
    def credentials(self) -> Records[Credentials]: ...
    @property
    def sign_ins(self) -> SignIns: ...
    @property
    def api_clients(self) -> Records[ApiClient]: ...
    @property
    def spent(self) -> Spent: ...
    @property
    def sign_in_failures(self) -> SignInFailures: ...
    @property
    def outbox(self) -> Outbox: ...


class Principals(Protocol):
    """Who may call, from memory; what has changed counts at once."""

    async def client(self, id: ClientId) -> ApiClient | None: ...
    async def user(self, id: UserId) -> User | None: ...
    async def sign_in(self, id: SignInId) -> SignIn | None: ...
    async def trusted_issuer(self, id: TrustedIssuerId) -> TrustedIssuer | None: ...


@attrs.frozen
class SecretLocked(Unavailable):
    """The secret of a second factor was sealed with a key that this server does not have.

    Remedy: restore the server's keys from the backup that the database came from, or remove the second factor
    of the user and have it set up anew.
    """

    code = "secret-locked"


class Sealing(Protocol):
    """Seals secrets that are stored and must be read again."""

    def seal(self, secret: bytes) -> str: ...

    def open(self, sealed: str) -> bytes:
        """Give back what was sealed; raise `SecretLocked`."""
        ...


@attrs.frozen
class PasswordsBusy(Unavailable):
    """So many passwords are being checked that this one would have to wait for too long.

    Remedy: wait for `Retry-After` seconds and try again; if it goes on, see who tries so many.
    """

    code = "passwords-busy"


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose, without holding up anything else; raises `PasswordsBusy`."""

    async def hash(self, password: str) -> str: ...

    async def fits(self, hashed: str | None, password: str) -> bool:
        """Whether the password is that of the hash; with None, which fits nothing, it takes as long."""
        ...


@attrs.frozen(kw_only=True)
class IdentityTools:
    """What signing in works with; `everything` is the scope of all tenants, `digest` is keyed. `reading`
    opens units that only read."""

    transactions: Transactions[IdentityWork]
    reading: Callable[[Scope], AbstractAsyncContextManager[IdentityWork]]
    everything: Scope
    passwords: Passwords
    sealing: Sealing
    digest: Callable[[bytes], str]
    clock: Clock
    ids: Ids
