"""What runs beside the calls for as long as the server does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from emobility_adapters.sql.frame_pairs import FramePairs
from emobility_app.auditing import Anchors, sealing_rounds
from emobility_app.compose.ground import EVERYTHING, Ground
from emobility_app.compose.stations import Stations
from emobility_app.loads import load_rounds
from emobility_app.relay import Relay, Tail
from emobility_app.transfers import Transfers
from emobility_app.upkeep import configuration_rounds, list_rounds, regular, upkeep, watching
from emobility_core.commands import FileStore
from emobility_core.reactions import SteeredStations

Job = Coroutine[None, None, None]


def jobs(
    ground: Ground,
    stations: Stations,
    tail: Tail,
    relay: Relay,
    files: FileStore,
    steered: SteeredStations,
    transfers: Transfers,
) -> list[Job]:
    hot, transactions, clock, ids = ground.hot, ground.transactions, ground.clock, ground.ids
    watch = watching(
        transactions.reading,
        hot.transactions,
        EVERYTHING,
        clock,
        ids,
        turn=stations.lines.turn,
        listening_since=clock.now(),
    )
    settings = ground.settings
    path_of = hot.directories.tree.path
    return [
        tail.run(),
        relay.run(),
        transfers.run(),
        upkeep(
            regular(
                transactions,
                watch,
                EVERYTHING,
                clock,
                ids,
                pair_frames=FramePairs(ground.database, EVERYTHING).note,
                keep_frames=settings.keep_frames,
                keep_uploads=settings.keep_uploads,
                files=files,
                transfers=transfers,
            )
        ),
        configuration_rounds(transactions, transactions.reading, EVERYTHING, path_of, clock, ids),
        list_rounds(transactions, transactions.reading, hot.listed, EVERYTHING, clock, ids),
        sealing_rounds(transactions, transactions.reading, EVERYTHING),
        Anchors(transactions, EVERYTHING, clock, ids).run(),
        load_rounds(transactions.reading, transactions, steered, EVERYTHING, clock, ids),
    ]


@asynccontextmanager
async def under_way(jobs: list[Job]) -> AsyncIterator[None]:
    """Jobs that run as long as the server; one that fails takes the server down rather than limp on."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()
