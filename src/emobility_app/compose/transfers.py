"""Imports and exports: where their files lie, and what an earlier server left of them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from emobility_adapters.files import FolderFiles
from emobility_app.clocks import InRealTime
from emobility_app.compose.ground import EVERYTHING, Ground
from emobility_app.transfers import Transfers
from emobility_app.transfers.interrupted import Worker, fail_interrupted
from emobility_core.instants import Instant

# Whoever writes a file adds to it all the time: what has lain still for so long nobody writes any more.
_STILL = timedelta(hours=1)


async def transfers_of(ground: Ground, stack: AsyncExitStack) -> tuple[Transfers, Worker]:
    """What imports and exports need, and this process as one that works on them until the stack is left."""
    settings, clock = ground.settings, ground.clock
    files = FolderFiles(settings.transfer_folder / "files")
    await asyncio.to_thread(files.sweep, Instant(clock.now() - _STILL))
    worker = Worker(
        id=ground.ids.uuid7(clock.now()),
        everything=EVERYTHING,
        reading=ground.transactions.reading,
        transactions=ground.transactions,
        clock=clock,
        fail=partial(_tell_interrupted, ground),
    )
    living = await worker.begin()
    stack.push_async_callback(worker.end)
    # What a process was to read lies in a folder of its own, and goes with it.
    spool = settings.transfer_folder / "spool"
    await asyncio.to_thread(_clear, spool, lambda name: name not in {one.hex for one in living})
    stack.push_async_callback(asyncio.to_thread, _clear, spool, lambda name: name == worker.id.hex)
    transfers = Transfers(
        worker=worker.id,
        spool=FolderFiles(spool / worker.id.hex),
        files=files,
        longest=settings.longest_import,
        keep=settings.keep_transfers,
    )
    return transfers, worker


async def _tell_interrupted(ground: Ground, living: Collection[UUID]) -> None:
    """Say what was left half done, in the time of each."""
    await fail_interrupted(
        living,
        everything=EVERYTHING,
        reading=InRealTime(ground.transactions.reading, ground.times),
        transactions=InRealTime(ground.transactions, ground.times),
        clock=ground.clock,
        ids=ground.ids,
    )
    for keeper in ground.clocks.keepers():
        scope = await ground.times.scope_of(keeper)
        await fail_interrupted(
            living,
            everything=scope,
            reading=ground.transactions.reading,
            transactions=ground.transactions,
            clock=ground.clocks.of(scope.path),
            ids=ground.ids,
        )


def _clear(spool: Path, goes: Callable[[str], bool]) -> None:
    for one in spool.iterdir() if spool.is_dir() else ():
        if goes(one.name):
            shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)
