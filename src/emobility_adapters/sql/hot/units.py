"""Units of work of the hot path: reads from memory, writes buffered until the block is left."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

import attrs

from emobility_adapters.sql.hot.live import Kept, Live, StationMemory
from emobility_adapters.sql.hot.prepared import Statements
from emobility_adapters.sql.hot.writer import Write, Writer
from emobility_core.charging import (
    ActiveSession,
    ConnectorHasSession,
    EndedSession,
    MeterReading,
    Session,
    StartRecorded,
    TransactionNumberTaken,
)
from emobility_core.ids import SessionId, StationId, TariffVersionId
from emobility_core.network import Site, Station
from emobility_core.reactions import AlreadyReacted
from emobility_core.tariffs import TariffVersion
from emobility_core.work import Scope


class Shelf(Protocol):
    """What is not in memory, looked up in the database within a scope."""

    async def station(self, station: StationId, scope: Scope) -> StationMemory: ...

    async def session(self, id: SessionId, scope: Scope) -> Session: ...

    async def start(self, station: StationId, identity: str, scope: Scope) -> Session | None: ...

    async def transaction(self, station: StationId, number: int, scope: Scope) -> Session | None: ...

    async def stopped(self, station: StationId, identity: str, scope: Scope) -> EndedSession | None: ...

    async def estimated(self, station: StationId, scope: Scope) -> list[EndedSession]: ...

    async def tariff_version(self, id: TariffVersionId, scope: Scope) -> TariffVersion: ...

    async def station_record(self, id: UUID, scope: Scope) -> Station: ...

    async def site(self, id: UUID, scope: Scope) -> Site: ...

    async def readings(
        self, session: SessionId, scope: Scope, *, after: int, limit: int
    ) -> list[MeterReading]: ...


@attrs.frozen(kw_only=True)
class HotStore:
    """What units of the hot path share."""

    writer: Writer
    live: Live
    shelf: Shelf
    statements: Statements


class HotUnit:
    """Collects what a unit writes and what it touched; memory learns of that once it is durable."""

    __slots__ = ("_writes", "marked", "scope", "store", "touched", "wakes")

    def __init__(self, store: HotStore, scope: Scope) -> None:
        self.store = store
        self.scope = scope
        self.touched: list[Kept] = []
        self.marked: AlreadyReacted | None = None
        self.wakes = False
        self._writes: list[Write] = []

    def write(self, statement: str, record: Any) -> None:
        self._writes.append(self.store.statements[statement].write(record))

    async def memory(self, station: StationId) -> StationMemory:
        known = self.store.live.station(station)
        if known is not None:
            return known
        return await self.store.live.load(station, lambda: self.store.shelf.station(station, self.scope))

    async def commit(self) -> None:
        if not self._writes:
            return
        live = self.store.live
        try:
            await self.store.writer.submit(self._writes, self.refuse, wakes=self.wakes)
        except Exception:
            # Whatever it was, memory may differ from what is stored now.
            live.forget({record.station for record in self.touched})
            raise
        for record in self.touched:
            live.keep(record)

    def refuse(self, error: Exception) -> Exception:
        """Name the promise that this unit broke; any other error is a bug and stays what it is."""
        text = f"{error} {getattr(error, 'constraint_name', '')}"
        if self.marked is not None and "reacted" in text:
            return self.marked
        sessions = [record for record in self.touched if isinstance(record, ActiveSession | EndedSession)]
        for session in reversed(sessions):
            if "start_identity" in text:
                return StartRecorded(session.station, session.start_identity)
            if "transaction_id" in text:
                return TransactionNumberTaken(session.station, session.transaction_id)
            if "connector" in text:
                return ConnectorHasSession(session.station, session.connector)
        return error
