"""What has to be done now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from typing import Any

from emobility_app.transfers import Transfers
from emobility_app.uploads import Orphans, forget_uploads
from emobility_core.certification import renew_certificates
from emobility_core.charging import end_stalled, expire_reservations
from emobility_core.commands import FileStore, expire_commands
from emobility_core.configuration import check_due
from emobility_core.errors import EmobilityError
from emobility_core.identity import FAILURES_LAST
from emobility_core.ids import Ids, StationId, TenantId
from emobility_core.instants import Clock, Instant
from emobility_core.local_authorization import ListedTokens, clear_caches, send_local_lists
from emobility_core.network import QUARANTINED_FOR, flag_unreachable
from emobility_core.work import Scope, Transactions

Job = Callable[[], Awaitable[Any]]
Reading = Callable[[Scope], AbstractAsyncContextManager[Any]]

_log = logging.getLogger("emobility.upkeep")
_EVERY_S = 15.0
# A lost card must be off all lists within a minute.
_LISTS_EVERY_S = 5.0
# Five thousand stations are met within five minutes; a mass return begins no mass of checks.
_LOOKED_AT, _CHECKS_AT_ONCE = 250, 20


# API.md promises clients their answer for a week.
_ANSWERS_KEPT = timedelta(days=7)
# By then nearly every request has its answer; later ones are noted in their own round.
_PAIRED_AFTER = timedelta(minutes=1)
# Reports wait while rows are dropped: few at a time, yet more a minute than the busiest server keeps.
FRAMES_AT_ONCE = 500
_MOST_ROUNDS = 100
_DELIVERIES_AT_ONCE = 500


def due(
    transactions: Transactions[Any],
    watch: Callable[[], Awaitable[None]],
    everything: Scope,
    clock: Clock,
    ids: Ids,
) -> list[Job]:
    """What ends commands and reservations whose time is over, watches over what has fallen silent, and has
    certificates renewed."""
    bound: dict[str, Any] = {"scope": everything, "transactions": transactions, "clock": clock, "ids": ids}
    return [
        partial(expire_commands, **bound),
        partial(expire_reservations, **bound),
        watch,
        partial(renew_certificates, **bound),
    ]


def regular(
    transactions: Transactions[Any],
    everything: Scope,
    clock: Clock,
    *,
    pair_frames: Callable[[Instant], Awaitable[None]],
    keep_frames: timedelta | None = None,
    keep_uploads: timedelta | None = None,
    keep_deliveries: timedelta,
    files: FileStore,
    transfers: Transfers,
) -> list[Job]:
    """What pairs frames, and drops old answers, frames and files: by real time, whoever's."""

    async def pair_settled() -> None:
        await pair_frames(Instant(clock.now() - _PAIRED_AFTER))

    async def forget_old_frames() -> None:
        if keep_frames is not None:
            await forget_frames(transactions, everything, Instant(clock.now() - keep_frames))

    async def forget_old_uploads() -> None:
        if keep_uploads is not None:
            await forget_uploads(transactions, everything, files, Instant(clock.now() - keep_uploads))

    async def forget_old_transfers() -> None:
        await transfers.forget(clock.now())

    return [
        partial(forget_answers, transactions, everything, clock),
        partial(forget_strangers, transactions, everything, clock),
        partial(forget_deliveries, transactions, everything, clock, keep_deliveries),
        partial(forget_spent, transactions, everything, clock),
        partial(forget_sign_ins, transactions, everything, clock),
        pair_settled,
        forget_old_frames,
        forget_old_uploads,
        forget_old_transfers,
        Orphans(transactions, everything, files, clock).forget,
    ]


async def upkeep(jobs: Iterable[Job]) -> None:
    """Do what is regular, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY_S)
        await each(jobs)


async def each(jobs: Iterable[Job]) -> None:
    """Do one after the other; what one cannot do now must not keep the others waiting."""
    for job in jobs:
        try:
            await job()
        except EmobilityError as error:
            _log.warning("upkeep will be tried again: %s", error)


async def configuration_rounds(
    transactions: Transactions[Any],
    reading: Callable[[Scope], AbstractAsyncContextManager[Any]],
    everything: Scope,
    path_of: Callable[[TenantId], Awaitable[str]],
    clock: Clock,
    ids: Ids,
    *,
    every_s: float = _EVERY_S,
) -> None:
    """Look at the configuration of all stations that are online, some at a time, until cancelled."""
    after: StationId | None = None
    while True:
        await asyncio.sleep(every_s)
        try:
            after = await check_due(
                after,
                limit=_LOOKED_AT,
                most=_CHECKS_AT_ONCE,
                everything=everything,
                reading=reading,
                transactions=transactions,
                path_of=path_of,
                clock=clock,
                ids=ids,
            )
        except EmobilityError as error:
            _log.warning("configurations will be looked at again: %s", error)


async def list_rounds(
    transactions: Transactions[Any],
    reading: Reading,
    tokens: ListedTokens,
    everything: Scope,
    clock: Clock,
    ids: Ids,
) -> None:
    """Bring local lists in step and clear caches of the stations that are online, until cancelled."""
    bound: dict[str, Any] = {"scope": everything, "reading": reading, "transactions": transactions}
    while True:
        await asyncio.sleep(_LISTS_EVERY_S)
        try:
            for _ in range(_MOST_ROUNDS):
                asked = await clear_caches(**bound, clock=clock, ids=ids)
                if not asked + await send_local_lists(**bound, tokens=tokens, clock=clock, ids=ids):
                    break
        except EmobilityError as error:
            _log.warning("local lists will be looked at again: %s", error)


def watching(
    reading: Reading,
    reports: Transactions[Any],
    everything: Scope,
    clock: Clock,
    ids: Ids,
    *,
    turn: Callable[[StationId], AbstractAsyncContextManager[object]],
    listening_since: Instant | None = None,
) -> Callable[[], Awaitable[None]]:
    """What ends sessions of which nothing more is heard and tells of stations that stay away, in the
    transactions in which reports of stations are recorded."""

    async def watch() -> None:
        await end_stalled(scope=everything, reading=reading, transactions=reports, clock=clock, ids=ids)
        await flag_unreachable(
            scope=everything,
            reading=reading,
            transactions=reports,
            turn=turn,
            clock=clock,
            ids=ids,
            listening_since=listening_since,
        )

    return watch


async def forget_answers(transactions: Transactions[Any], everything: Scope, clock: Clock) -> None:
    """Drop the answers that nobody may ask for again."""
    async with transactions(everything) as work:
        await work.idempotency_keys.forget(Instant(clock.now() - _ANSWERS_KEPT))


async def forget_strangers(transactions: Transactions[Any], everything: Scope, clock: Clock) -> None:
    """Drop the quarantined stations that have not called for long."""
    async with transactions(everything) as work:
        await work.quarantined_stations.forget(Instant(clock.now() - QUARANTINED_FOR))


async def forget_deliveries(
    transactions: Transactions[Any], everything: Scope, clock: Clock, keep: timedelta
) -> None:
    """Drop webhook deliveries that have long come to an end, a unit for every few of them."""
    before = Instant(clock.now() - keep)
    for _ in range(_MOST_ROUNDS):
        async with transactions(everything) as work:
            dropped = await work.webhook_deliveries.forget(before, limit=_DELIVERIES_AT_ONCE)
        if dropped < _DELIVERIES_AT_ONCE:
            return


async def forget_spent(transactions: Transactions[Any], everything: Scope, clock: Clock) -> None:
    """Drop the marks of what can be used no more, a unit for every few of them."""
    now = clock.now()
    for _ in range(_MOST_ROUNDS):
        async with transactions(everything) as work:
            dropped = await work.spent.forget(now, limit=_DELIVERIES_AT_ONCE)
        if dropped < _DELIVERIES_AT_ONCE:
            return


async def forget_sign_ins(transactions: Transactions[Any], everything: Scope, clock: Clock) -> None:
    """Drop sign-ins that are over, and failures that count no more, a unit for every few of them."""
    now = clock.now()
    for _ in range(_MOST_ROUNDS):
        async with transactions(everything) as work:
            dropped = await work.sign_ins.forget(now, limit=_DELIVERIES_AT_ONCE)
            failed_before = Instant(now - FAILURES_LAST)
            dropped += await work.sign_in_failures.forget(failed_before, limit=_DELIVERIES_AT_ONCE)
        if dropped < _DELIVERIES_AT_ONCE:
            return


async def forget_frames(transactions: Transactions[Any], everything: Scope, before: Instant) -> None:
    """Drop the frames that were kept before an instant, a unit for every few of them."""
    for _ in range(_MOST_ROUNDS):
        async with transactions(everything) as work:
            dropped = await work.exchanges.forget(before, limit=FRAMES_AT_ONCE)
        if dropped < FRAMES_AT_ONCE:
            return
