"""Marks of what counts once only, of the in-memory store."""

from __future__ import annotations

from emobility_adapters.memory.unit import Unit
from emobility_core.identity import SpentAlready
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.tenancy import UnknownTenant


class MemorySpent:
    """Implements the core's `Spent`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("spent")

    async def spend(self, mark: str, *, tenant: TenantId, until: Instant) -> None:
        if not self._unit.sees(tenant):
            raise UnknownTenant(tenant)
        if self._rows.get(mark) is not None:
            raise SpentAlready()
        self._rows.put(mark, (until, tenant, mark))

    async def forget(self, before: Instant, *, limit: int) -> int:
        old = [
            mark for until, tenant, mark in self._rows.values() if until < before and self._unit.sees(tenant)
        ]
        for mark in old[:limit]:
            self._rows.drop(mark)
        return len(old[:limit])
