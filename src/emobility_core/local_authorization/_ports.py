"""What local authorization needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from emobility_core.customers import Token
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.local_authorization._cache_clearing import CacheClearing
from emobility_core.local_authorization._local_list import DueList, LocalList
from emobility_core.work import Records


class LocalLists(Records[LocalList], Protocol):
    """Local lists, one a station."""

    async def find(self, station: StationId) -> LocalList | None: ...

    async def due(self, at: Instant, *, limit: int) -> list[DueList]:
        """Those that are to be looked at by now, the longest due first, of stations that are online and
        have no order about their list to answer."""
        ...

    async def mark(self, path: str, *, at: Instant) -> None:
        """Let the lists along the line of the tenant at `path` be looked at, as their next version: what
        is decided about them meanwhile is stale."""
        ...


class CacheClearings(Protocol):
    """The stations whose authorization cache is to be cleared; a new reason makes it due again."""

    async def owe(self, path: str, *, at: Instant) -> None:
        """Note it for all stations along the line of the tenant at `path`."""
        ...

    async def due(self, *, limit: int) -> list[CacheClearing]:
        """Those of stations that are online and were not asked yet, the oldest first."""
        ...

    async def of(self, stations: Sequence[StationId]) -> list[CacheClearing]:
        """Those that these stations owe."""
        ...

    async def put(self, *clearings: CacheClearing) -> None:
        """Store the states of some that are owed, of a station each."""
        ...

    async def drop(self, *stations: StationId) -> None: ...


class ListedTokens(Protocol):
    """The tokens of a tenant's line, to be listed at its stations."""

    async def of(self, tenant: TenantId, *, most: int) -> list[Token]:
        """At most so many, one a tag (the one that `TokenDirectory` finds): the tenant's own first, then
        those above, the nearest first, then those below; the older first of each tenant."""
        ...
