"""The configuration of a station at the other end of a real socket, and how it answers questions about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import attrs

from emobility_core.configuration import check_due
from emobility_core.ids import TenantId
from emobility_core.work import Scope

from .wire import HOUSEKEEPING, WireStation
from .world import World

ENERGY = "Energy.Active.Import.Register"
GOOD = {
    "StopTxnSampledData": ENERGY,
    "MeterValuesSampledData": f"Voltage.L1, {ENERGY}",
    "MeterValueSampleInterval": "60",
    "TransactionMessageAttempts": "3",
    "GetConfigurationMaxKeys": "20",
    "AuthorizationKey": "00112233445566778899AABBCCDDEEFF",
}


@attrs.define
class Keys:
    """Answers GetConfiguration and ChangeConfiguration; `outcomes` are the answers to changes, by key.

    `asked` is what was asked: None for all keys, a list for some, key and value for a change.
    """

    values: dict[str, Any]
    readonly: frozenset[str] = frozenset()
    outcomes: dict[str, str] = attrs.field(factory=dict)
    asked: list[Any] = attrs.field(factory=list)

    @asynccontextmanager
    async def answering(self, line: WireStation) -> AsyncIterator[None]:
        """Answer whatever is asked on a line while the block runs; it must ask nothing itself meanwhile."""
        task, refused = asyncio.create_task(self._answer(line)), line.refuses
        line.refuses = refused - HOUSEKEEPING
        try:
            yield
        finally:
            line.refuses = refused
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _answer(self, line: WireStation) -> None:
        while True:
            _, id, action, payload = await line.hear()
            await line.say([3, id, getattr(self, action)(payload)])

    def GetConfiguration(self, payload: dict[str, Any]) -> dict[str, Any]:
        asked = payload.get("key")
        self.asked.append(asked)
        known = [key for key in asked or self.values if key in self.values]
        told = [{"key": key, "value": self.values[key], "readonly": key in self.readonly} for key in known]
        return {
            "configurationKey": told,
            "unknownKey": [key for key in asked or () if key not in self.values],
        }

    def ChangeConfiguration(self, payload: dict[str, Any]) -> dict[str, Any]:
        key, value = payload["key"], payload["value"]
        self.asked.append((key, value))
        outcome = self.outcomes.get(key, "Accepted")
        if outcome == "Accepted":
            self.values[key] = value
        return {"status": outcome}


async def look_round(world: World) -> None:
    """Look at all stations, as the server does every few seconds, and bring what was begun to its end."""

    async def path_of(tenant: TenantId) -> str:
        return world.store.tables.path_of(tenant) or ""

    await check_due(
        None,
        limit=100,
        most=10,
        everything=Scope.system(TenantId(world.root.id), "/", "test"),
        reading=world.store.transactions,
        transactions=world.store.transactions,
        path_of=path_of,
        clock=world.clock,
        ids=world.ids,
    )
    await world.react()
