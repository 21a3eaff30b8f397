"""What has to be done now and then."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

from emobility_core.charging import expire_reservations
from emobility_core.errors import EmobilityError
from emobility_core.ids import Ids
from emobility_core.instants import Clock, Instant
from emobility_core.network import QUARANTINED_FOR, expire_commands
from emobility_core.work import Scope, Transactions

_log = logging.getLogger("emobility.upkeep")
_EVERY_S = 15.0


# API.md promises clients their answer for a week.
_ANSWERS_KEPT = timedelta(days=7)
# Reports wait while rows are dropped: few at a time, yet more a minute than the busiest server keeps.
FRAMES_AT_ONCE = 500
_MOST_ROUNDS = 100


async def upkeep(
    transactions: Transactions[Any],
    everything: Scope,
    clock: Clock,
    ids: Ids,
    *,
    keep_frames: timedelta | None = None,
) -> None:
    """End commands and reservations whose time is over, drop old answers and frames, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY_S)
        try:
            await expire_commands(scope=everything, transactions=transactions, clock=clock, ids=ids)
            await expire_reservations(scope=everything, transactions=transactions, clock=clock, ids=ids)
            await forget_answers(transactions, everything, clock)
            await forget_strangers(transactions, everything, clock)
            if keep_frames is not None:
                await forget_frames(transactions, everything, Instant(clock.now() - keep_frames))
        except EmobilityError as error:
            _log.warning("upkeep will be tried again: %s", error)


async def forget_answers(transactions: Transactions[Any], everything: Scope, clock: Clock) -> None:
    """Drop the answers that nobody may ask for again."""
    async with transactions(everything) as work:
        await work.idempotency_keys.forget(Instant(clock.now() - _ANSWERS_KEPT))


async def forget_strangers(transactions: Transactions[Any], everything: Scope, clock: Clock) -> None:
    """Drop the quarantined stations that have not called for long."""
    async with transactions(everything) as work:
        await work.quarantined_stations.forget(Instant(clock.now() - QUARANTINED_FOR))


async def forget_frames(transactions: Transactions[Any], everything: Scope, before: Instant) -> None:
    """Drop the frames that were kept before an instant, a unit for every few of them."""
    for _ in range(_MOST_ROUNDS):
        async with transactions(everything) as work:
            dropped = await work.exchanges.forget(before, limit=FRAMES_AT_ONCE)
        if dropped < FRAMES_AT_ONCE:
            return
