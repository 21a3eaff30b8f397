"""Imports and exports: where their files lie, and what an earlier server left of them."""

from __future__ import annotations

import asyncio

from emobility_adapters.files import FolderFiles
from emobility_app.clocks import InRealTime
from emobility_app.compose.ground import EVERYTHING, Ground
from emobility_app.transfers import Transfers
from emobility_app.transfers.interrupted import fail_interrupted


async def transfers_of(ground: Ground) -> Transfers:
    settings, clock = ground.settings, ground.clock
    spool = FolderFiles(settings.transfer_folder / "spool")
    files = FolderFiles(settings.transfer_folder / "files")
    for folder in (spool, files):
        await asyncio.to_thread(folder.sweep)
    transfers = Transfers(
        spool=spool, files=files, longest=settings.longest_import, keep=settings.keep_transfers
    )
    await transfers.sweep(clock.now())
    await _tell_interrupted(ground)
    return transfers


async def _tell_interrupted(ground: Ground) -> None:
    """Say what was left half done, in the time of each."""
    living = InRealTime(ground.transactions, ground.times)
    await fail_interrupted(everything=EVERYTHING, transactions=living, clock=ground.clock, ids=ground.ids)
    for keeper in ground.clocks.keepers():
        scope = await ground.times.scope_of(keeper)
        await fail_interrupted(
            everything=scope,
            transactions=ground.transactions,
            clock=ground.clocks.of(scope.path),
            ids=ground.ids,
        )
