"""Test clocks of the in-memory store."""

from __future__ import annotations

from uuid import UUID

from emobility_adapters.memory.records import MemoryRecords
from emobility_core.clocks import TestClock


class MemoryTestClocks(MemoryRecords[TestClock]):
    """Implements the core's `TestClocks`."""

    async def along(self, path: str) -> list[TestClock]:
        if not self._unit.scope.sees(path):
            return []
        line = {UUID(hex=part) for part in path.strip("/").split("/")}
        found = [one for one in self._rows.values() if one.tenant in line]
        return sorted(found, key=lambda one: one.id)
