"""The server processes that work on imports and exports, of the in-memory store."""

from __future__ import annotations

from uuid import UUID

from emobility_adapters.memory.unit import Unit
from emobility_core.instants import Instant


class MemoryTransferWorkers:
    """Implements the core's `TransferWorkers`."""

    def __init__(self, unit: Unit) -> None:
        self._rows = unit.rows("transfer workers")

    async def note(self, worker: UUID, at: Instant) -> None:
        self._rows.put(worker, (worker, at))

    async def leave(self, worker: UUID) -> None:
        self._rows.drop(worker)

    async def living(self, since: Instant) -> frozenset[UUID]:
        return frozenset(worker for worker, seen_at in self._rows.values() if seen_at >= since)

    async def forget(self, before: Instant) -> None:
        for worker, seen_at in list(self._rows.values()):
            if seen_at < before:
                self._rows.drop(worker)
