"""What identity needs from outside: records of who may call, from storage and from memory."""

from __future__ import annotations

from typing import Protocol

import attrs

from emobility_core.errors import Denied
from emobility_core.identity._client import ApiClient
from emobility_core.ids import ClientId, TenantId
from emobility_core.instants import Instant
from emobility_core.work import Outbox, Records


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
    """What a unit of work about clients has."""

    @property
    def api_clients(self) -> Records[ApiClient]: ...
    @property
    def spent(self) -> Spent: ...
    @property
    def outbox(self) -> Outbox: ...


class Principals(Protocol):
    """Who may call, from memory; what has changed counts at once."""

    async def client(self, id: ClientId) -> ApiClient | None: ...
