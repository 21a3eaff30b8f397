"""What other systems own of records."""

from __future__ import annotations

from collections.abc import Sequence
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

    async def of(self, records: Sequence[UUID], system: str) -> list[Ownership]:
        found = [await self.find(record, system) for record in records]
        return [one for one in found if one is not None]

    async def add(self, *ownerships: Ownership) -> None:
        for one in ownerships:
            self._unit.require(one)
            if self._rows.get((one.record, one.system)) is not None:
                raise StaleWrite(one.record)
            self._rows.put((one.record, one.system), one)

    async def replace(self, *ownerships: Ownership) -> None:
        for one in ownerships:
            before = await self.find(one.record, one.system)
            if before is None or before.version != one.version:
                raise StaleWrite(one.record)
            self._rows.put((one.record, one.system), attrs.evolve(one, version=one.version + 1))
