"""Clearing authorization caches: owed after a block, asked of each station while it is there."""

from __future__ import annotations

from typing import Protocol

from emobility_core.charging._cache_clearing import keeps_cache
from emobility_core.charging._ports import CacheClearings
from emobility_core.commands import (
    ClearCache,
    Command,
    CommandWork,
    queue_command,
)
from emobility_core.configuration import StationConfigurations
from emobility_core.ids import Ids
from emobility_core.instants import Clock
from emobility_core.network import Station
from emobility_core.work import Records, Scope, Transactions

_AT_ONCE = 100


class CacheWork(CommandWork, Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def station_configurations(self) -> StationConfigurations: ...
    @property
    def cache_clearings(self) -> CacheClearings: ...


async def clear_caches(
    *,
    scope: Scope,
    reading: Transactions[CacheWork],
    transactions: Transactions[CacheWork],
    clock: Clock,
    ids: Ids,
) -> int:
    """Ask the stations that are there to clear their caches; return how many were looked at.

    One that has told that it keeps no cache is not bothered.
    """
    async with reading(scope) as work:
        if not await work.cache_clearings.due(limit=1):
            return 0
    async with transactions(scope) as work:
        due = await work.cache_clearings.due(limit=_AT_ONCE)
        for clearing in due:
            if not keeps_cache(await work.station_configurations.find(clearing.station)):
                await work.cache_clearings.drop(clearing.station)
                continue
            station = await work.stations.get(clearing.station)
            command = await queue_command(work, ClearCache(), station=station, at=clock.now(), ids=ids)
            await work.cache_clearings.put(clearing.asked(command))
    return len(due)


async def settle_clearing(command: Command, *, work: CacheWork) -> None:
    """Take what came of an order to clear a cache, if it is the one that was owed."""
    owed = await work.cache_clearings.find(command.station)
    if owed is None:
        return
    left = owed.after(command)
    if left is None:
        await work.cache_clearings.drop(command.station)
    elif left != owed:
        await work.cache_clearings.put(left)
