"""Putting the hot path of a database together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs

from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.hot.access import SqlAccess
from emobility_adapters.sql.hot.awaited import SqlAwaitedStations
from emobility_adapters.sql.hot.directories import SqlDirectories
from emobility_adapters.sql.hot.frames import BatchedFrames
from emobility_adapters.sql.hot.granted import SqlGrantedTokens
from emobility_adapters.sql.hot.listed import SqlListedTokens
from emobility_adapters.sql.hot.live import Live
from emobility_adapters.sql.hot.postgresql import PostgresqlBackend
from emobility_adapters.sql.hot.prepared import prepare
from emobility_adapters.sql.hot.principals import SqlPrincipals
from emobility_adapters.sql.hot.repositories import HotTransactions
from emobility_adapters.sql.hot.reserved import SqlReservedStations
from emobility_adapters.sql.hot.running import SqlRunningSessions
from emobility_adapters.sql.hot.shelf import SqlShelf
from emobility_adapters.sql.hot.sqlite import SqliteBackend
from emobility_adapters.sql.hot.statements import POSTGRESQL, SQLITE
from emobility_adapters.sql.hot.units import HotStore
from emobility_adapters.sql.hot.writer import Backend, Writer
from emobility_core.instants import Clocks
from emobility_core.work import Event, Scope

_OF_THE_TREE = frozenset({"tenant.moved", "tenant.closed", "tenant.reopened"})


@attrs.frozen(kw_only=True)
class HotPath:
    """What the station endpoint and the reactions work with."""

    transactions: HotTransactions
    frames: BatchedFrames
    directories: SqlDirectories
    access: SqlAccess
    granted: SqlGrantedTokens
    principals: SqlPrincipals
    listed: SqlListedTokens
    running: SqlRunningSessions
    awaited: SqlAwaitedStations
    reserved: SqlReservedStations
    live: Live
    writer: Writer

    def heed(self, event: Event) -> None:
        """Hear of an event of this process when it is committed: the feed tells of it only a moment later.

        Whoever has moved or closed a tenant, or taken a right away, and asks at once finds it so.
        """
        self.live.heed(event)
        self.access.heed(event)
        if event.type in _OF_THE_TREE:
            self.directories.heed(event)


@asynccontextmanager
async def open_hot_path(
    database: Database,
    everything: Scope,
    *,
    committed: Callable[[], None] = lambda: None,
    clocks: Clocks | None = None,
) -> AsyncIterator[HotPath]:
    """Run the writer while the block runs; `committed` hears of every batch that held events. `clocks` tell
    who lives by which; without them everybody does by the same one."""
    dialect = SQLITE if database.is_sqlite else POSTGRESQL
    async with Writer(_backend(database), committed=committed) as writer:
        live = Live()
        store = HotStore(
            writer=writer, live=live, shelf=SqlShelf(database, everything), statements=prepare(dialect)
        )
        directories = SqlDirectories(lambda: database.reading(everything))
        yield HotPath(
            transactions=HotTransactions(store),
            frames=BatchedFrames(writer, dialect),
            directories=directories,
            granted=SqlGrantedTokens(lambda: database.reading(everything), directories, clocks),
            access=SqlAccess(lambda: database.reading(everything), directories.tree),
            principals=SqlPrincipals(lambda: database.reading(everything)),
            listed=SqlListedTokens(lambda: database.reading(everything), directories.tree),
            running=SqlRunningSessions(lambda: database.reading(everything)),
            awaited=SqlAwaitedStations(lambda: database.reading(everything)),
            reserved=SqlReservedStations(lambda: database.reading(everything)),
            live=live,
            writer=writer,
        )


def _backend(database: Database) -> Backend:
    if database.is_sqlite:
        return SqliteBackend(database.connect_sqlite, turn=database.turn, unavailable=database.unavailable)
    return PostgresqlBackend(database.connect_postgresql, unavailable=database.unavailable)
