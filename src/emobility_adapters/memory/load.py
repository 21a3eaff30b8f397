"""Limits of a site's load that hold for a time."""

from __future__ import annotations

from emobility_adapters.memory.records import MemoryRecords
from emobility_core.ids import LoadBudgetId
from emobility_core.instants import Instant
from emobility_core.smart_charging import LoadLimit


class MemoryLoadLimits(MemoryRecords[LoadLimit]):
    """Implements the core's `LoadLimits`."""

    async def unexpired(self, budget: LoadBudgetId, at: Instant) -> list[LoadLimit]:
        mine = (one for one in self.visible() if one.budget == budget)
        lasting = [one for one in mine if one.until is None or one.until > at]
        return sorted(lasting, key=lambda one: one.id)
