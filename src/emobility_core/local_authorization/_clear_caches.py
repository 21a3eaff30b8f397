"""Clearing authorization caches: owed after a block, asked of each station while it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from emobility_core.commands import ClearCache, Command, CommandWork, queue_commands
from emobility_core.configuration import StationConfigurations
from emobility_core.ids import Ids, StationId
from emobility_core.instants import Clock
from emobility_core.local_authorization._cache_clearing import CacheClearing, keeps_cache
from emobility_core.local_authorization._ports import CacheClearings
from emobility_core.network import Station
from emobility_core.work import Page, Records, Scope, Transactions

_AT_ONCE = 100


class CacheWork(CommandWork, Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def station_configurations(self) -> StationConfigurations: ...
    @property
    def cache_clearings(self) -> CacheClearings: ...


async def owed_clearings(*, scope: Scope, reading: Transactions[CacheWork]) -> bool:
    """Whether a station that is there is to be asked to clear its cache."""
    async with reading(scope) as work:
        return bool(await work.cache_clearings.due(limit=1))


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
    if not await owed_clearings(scope=scope, reading=reading):
        return 0
    async with transactions(scope) as work:
        due = {one.station: one for one in await work.cache_clearings.due(limit=_AT_ONCE)}
        if not due:
            return 0
        known = await work.station_configurations.of(*due)
        without = [one.station for one in known if not keeps_cache(one)]
        await work.cache_clearings.drop(*without)
        stations = await work.stations.page(Page.of("id", list(due.keys() - without)))
        orders = [(ClearCache(), station) for station in stations]
        commands = await queue_commands(work, orders, at=clock.now(), ids=ids)
        await work.cache_clearings.put(*(due[command.station].asked(command) for command in commands))
    return len(due)


async def settle_clearings(commands: Sequence[Command], *, work: CacheWork) -> None:
    """Take what came of orders to clear caches, of each that is the one that was owed."""
    owed = {one.station: one for one in await work.cache_clearings.of([one.station for one in commands])}
    left: dict[StationId, CacheClearing | None] = {}
    for command in commands:
        before = left.get(command.station, owed.get(command.station))
        if before is not None:
            left[command.station] = before.after(command)
    await work.cache_clearings.drop(*(station for station, after in left.items() if after is None))
    changed = (one for station, one in left.items() if one is not None and one != owed[station])
    await work.cache_clearings.put(*changed)
