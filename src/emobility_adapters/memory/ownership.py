"""What other systems own of records."""

from __future__ import annotations

from uuid import UUID

import attrs

from emobility_adapters.memory.unit import Unit
from emobility_core.work import Ownership, StaleWrite


class MemoryOwnerships:
    """Ownerships by record and system."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("ownerships")

    async def find(self, record: UUID, system: str) -> Ownership | None:
        found: Ownership | None = self._rows.get((record, system))
        return found if found is not None and self._unit.shows(found) else None

    async def add(self, ownership: Ownership) -> None:
        self._unit.require(ownership)
        if self._rows.get((ownership.record, ownership.system)) is not None:
            raise StaleWrite(ownership.record)
        self._rows.put((ownership.record, ownership.system), ownership)

    async def replace(self, ownership: Ownership) -> None:
        before = await self.find(ownership.record, ownership.system)
        if before is None or before.version != ownership.version:
            raise StaleWrite(ownership.record)
        stored = attrs.evolve(ownership, version=ownership.version + 1)
        self._rows.put((ownership.record, ownership.system), stored)
