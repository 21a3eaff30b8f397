"""What a server that stopped left half done: said so, rather than left to look as if it went on."""

from __future__ import annotations

from typing import Any

import attrs

from emobility_core.ids import Ids
from emobility_core.instants import Clock
from emobility_core.operations import OperationStatus, operation_completed
from emobility_core.work import Page, Scope, Transactions

INTERRUPTED = "interrupted"
_AT_ONCE = 100


async def fail_interrupted(
    *, everything: Scope, transactions: Transactions[Any], clock: Clock, ids: Ids
) -> None:
    """Fail the imports and exports of an earlier run of the server. Rows that were stored stay; the same
    file imported again goes on where it stopped, for what is stored is unchanged then."""
    for port in ("imports", "exports"):
        left = Page(limit=_AT_ONCE, filters={"finished_at": [None]}, descendants=True)
        while True:
            async with transactions(everything) as work:
                found = await getattr(work, port).page(left)
                for record in found:
                    await _fail(record, port, work, clock, ids)
            if len(found) < _AT_ONCE:
                break


async def _fail(record: Any, port: str, work: Any, clock: Clock, ids: Ids) -> None:
    now = clock.now()
    ended = attrs.evolve(record, problem=INTERRUPTED, finished_at=now, updated_at=now)
    await getattr(work, port).replace(ended)
    operation = await work.operations.get(record.operation)
    if operation.status is OperationStatus.RUNNING:
        failed = await work.operations.replace(operation.fail(INTERRUPTED, at=now))
        work.outbox.publish(operation_completed(failed, at=now, ids=ids))
