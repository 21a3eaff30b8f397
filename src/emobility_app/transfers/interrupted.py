"""What a server that stopped left half done: said so, rather than left to look as if it went on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import attrs

from emobility_core.errors import EmobilityError
from emobility_core.ids import Ids
from emobility_core.instants import Clock, Instant
from emobility_core.operations import OperationStatus, operation_completed
from emobility_core.transfers import LEASE, Transfer
from emobility_core.work import Page, Scope, Transactions

INTERRUPTED = "interrupted"
_AT_ONCE = 100
# Some are missed before anybody takes this process for dead.
_EVERY_S = 15.0
_log = logging.getLogger("emobility.transfers")
Reading = Callable[[Scope], AbstractAsyncContextManager[Any]]


@attrs.frozen(kw_only=True)
class Worker:
    """This process among those that work on imports and exports; `clock` is real time. `fail` tells of what
    others than the living have left."""

    id: UUID
    everything: Scope
    reading: Reading
    transactions: Transactions[Any]
    clock: Clock
    fail: Callable[[Collection[UUID]], Awaitable[None]]

    async def begin(self) -> frozenset[UUID]:
        """Be known as one that lives, and tell of what the dead have left; return who lives."""
        now = self.clock.now()
        async with self.transactions(self.everything) as work:
            await work.transfer_workers.note(self.id, now)
            await work.transfer_workers.forget(Instant(now - LEASE))
            living: frozenset[UUID] = await work.transfer_workers.living(Instant(now - LEASE))
        await self.fail(living)
        return living

    async def run(self, *, every_s: float = _EVERY_S) -> None:
        """Go on living, until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.begin()
            except EmobilityError as error:
                _log.warning("other servers do not hear of this one for now: %s", error)

    async def end(self) -> None:
        """What it has not finished by now it never will: the next one that looks says so at once."""
        try:
            async with self.transactions(self.everything) as work:
                await work.transfer_workers.leave(self.id)
        except EmobilityError as error:
            _log.warning("other servers take this one for alive for a while: %s", error)


async def fail_interrupted(
    living: Collection[UUID],
    *,
    everything: Scope,
    reading: Reading,
    transactions: Transactions[Any],
    clock: Clock,
    ids: Ids,
) -> None:
    """Fail the imports and exports that no living process works on. Rows that were stored stay; the same
    file imported again goes on where it stopped, for what is stored is unchanged then."""
    for port in ("imports", "exports"):
        page = Page(limit=_AT_ONCE, filters={"finished_at": [None]}, descendants=True)
        while True:
            async with reading(everything) as work:
                found: list[Transfer] = await getattr(work, port).page(page)
            left = [one for one in found if one.worker not in living]
            if left:
                async with transactions(everything) as work:
                    for record in left:
                        await _fail(record.id, port, work, clock, ids)
            if len(found) < _AT_ONCE:
                break
            page = attrs.evolve(page, after=found[-1].id)


async def _fail(id: UUID, port: str, work: Any, clock: Clock, ids: Ids) -> None:
    now = clock.now()
    record: Transfer = await getattr(work, port).get_for_change(id)
    if record.finished_at is not None:
        return
    await getattr(work, port).replace(record.end(INTERRUPTED, at=now))
    operation = await work.operations.get(record.operation)
    if operation.status is OperationStatus.RUNNING:
        failed = await work.operations.replace(operation.fail(INTERRUPTED, at=now))
        work.outbox.publish(operation_completed(failed, at=now, ids=ids))
