"""Imports and exports: where their files lie, and what an earlier server left of them."""

from __future__ import annotations

import asyncio

from emobility_adapters.files import FolderFiles
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
    await fail_interrupted(
        everything=EVERYTHING, transactions=ground.transactions, clock=clock, ids=ground.ids
    )
    return transfers
