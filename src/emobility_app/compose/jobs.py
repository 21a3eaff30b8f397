"""What runs beside the calls for as long as the server does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from emobility_adapters.sql.frame_pairs import FramePairs
from emobility_app.auditing import Anchors, sealing_rounds
from emobility_app.clocks import InRealTime, Settled, Simulator, TimedWork, Timekeeper
from emobility_app.compose.ground import EVERYTHING, Ground
from emobility_app.compose.stations import Stations
from emobility_app.loads import load_rounds
from emobility_app.relay import Relay, Tail
from emobility_app.transfers import Transfers
from emobility_app.upkeep import configuration_rounds, due, list_rounds, regular, upkeep, watching
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
    keeper: Timekeeper,
) -> list[Job]:
    hot, transactions, clock, ids = ground.hot, ground.transactions, ground.clock, ground.ids
    # Whoever lives by a test clock is the timekeeper's.
    living = InRealTime(transactions, ground.times)
    reading = InRealTime(transactions.reading, ground.times)
    watch = watching(
        reading,
        hot.transactions,
        EVERYTHING,
        clock,
        ids,
        turn=stations.lines.turn,
        listening_since=clock.now(),
    )
    settings = ground.settings
    path_of = hot.directories.tree.path
    kept = regular(
        transactions,
        EVERYTHING,
        clock,
        pair_frames=FramePairs(ground.database, EVERYTHING).note,
        keep_frames=settings.keep_frames,
        keep_uploads=settings.keep_uploads,
        keep_deliveries=settings.keep_deliveries,
        files=files,
        transfers=transfers,
    )
    return [
        tail.run(),
        relay.run(),
        transfers.run(),
        keeper.run(),
        upkeep([*due(living, watch, EVERYTHING, clock, ids), *kept]),
        configuration_rounds(living, reading, EVERYTHING, path_of, clock, ids),
        list_rounds(living, reading, hot.listed, EVERYTHING, clock, ids),
        sealing_rounds(transactions, transactions.reading, EVERYTHING),
        Anchors(transactions, EVERYTHING, clock, ids).run(),
        load_rounds(reading, living, steered, EVERYTHING, clock, ids),
    ]


def timekeeper(ground: Ground, stations: Stations, simulator: Simulator, settled: Settled) -> Timekeeper:
    """What advances test clocks, once all that follows from an instant is `settled`."""
    transactions = ground.transactions
    work = TimedWork(
        reading=transactions.reading,
        transactions=transactions,
        reports=ground.hot.transactions,
        turn=stations.lines.turn,
        listed=ground.hot.listed,
        path_of=ground.hot.directories.tree.path,
        ids=ground.ids,
    )
    return Timekeeper(
        times=ground.times,
        # What stations report at an instant comes before what their silence means.
        work=[simulator.timed(), *work.all()],
        settled=settled,
        reading=transactions.reading,
        transactions=transactions,
        everything=EVERYTHING,
        ids=ground.ids,
    )


@asynccontextmanager
async def under_way(jobs: list[Job]) -> AsyncIterator[None]:
    """Jobs that run as long as the server; one that fails takes the server down rather than limp on."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()
