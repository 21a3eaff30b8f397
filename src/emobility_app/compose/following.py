"""What follows from events: what is remembered is heeded at once, the reactions come from the relay."""

from __future__ import annotations

import asyncio
from typing import Protocol

from emobility_adapters.sql.positions import SqlPositions
from emobility_app.clocks import Settled, Simulator
from emobility_app.compose.ground import EVERYTHING, Ground
from emobility_app.compose.stations import Stations
from emobility_app.relay import Relay, Tail
from emobility_app.together import ServedTogether
from emobility_core.commands import StationLine
from emobility_core.reactions import (
    Reaction,
    SteeredStations,
    check_configurations,
    follow_certificates,
    mark_local_lists,
    owe_cache_clearings,
    rate_sessions,
    send_commands,
    settle_commands,
    settle_local_lists,
    settle_profiles,
    settle_reservations,
    steer_load,
    use_reservations,
)
from emobility_core.work import Event, FeedEntry, Scope


async def followed(ground: Ground, stations: Stations) -> Tail:
    """The end of the event log, once those who remember things from the database hear its events."""
    hot = ground.hot
    # The directories hear first: whoever looks again must not find what they remember.
    parts: list[_Heeds] = [
        hot.directories,
        hot.access,
        hot.granted,
        hot.principals,
        ground.keys,
        hot.live,
        hot.awaited,
        hot.reserved,
        stations.security.trust,
        stations.endpoint,
    ]

    def heed(entry: FeedEntry) -> None:
        for part in parts:
            part.heed(entry.event)

    tail = Tail(ground.feed, EVERYTHING, observers=[heed], on_read=hot.directories.confirm)
    await tail.start()
    await hot.awaited.load()
    await hot.reserved.load()
    return tail


def settling(ground: Ground, relay: Relay, simulator: Simulator) -> Settled:
    """Waits until nothing more follows from what has happened within a scope."""
    types = sorted(relay.types)

    async def settled(scope: Scope) -> None:
        while True:
            if await simulator.settled(scope):
                continue
            last = await ground.feed.last_of(scope, types)
            idle = last is not None and await relay.is_idle(last, scope)
            if idle and last == await ground.feed.last_of(scope, types):
                return
            await asyncio.sleep(_LOOK_AGAIN_S)

    return settled


_LOOK_AGAIN_S = 0.01


class _Heeds(Protocol):
    def heed(self, event: Event) -> None: ...


async def relay(
    ground: Ground, stations: Stations, tail: Tail, line: StationLine, steered: SteeredStations
) -> Relay:
    positions = SqlPositions(ground.database, EVERYTHING, ground.clock)
    reactions = _reactions(ground, stations, line, steered)
    await positions.enter([one.name for one in reactions])
    return Relay(tail, reactions, positions, ground.hot.directories.tree.path)


def _reactions(
    ground: Ground, stations: Stations, line: StationLine, steered: SteeredStations
) -> list[Reaction]:
    hot, transactions, clocks, ids = ground.hot, ground.transactions, ground.clocks, ground.ids
    return [
        rate_sessions(transactions=hot.transactions, clocks=clocks, ids=ids),
        settle_commands(transactions=transactions, awaited=hot.awaited, clocks=clocks, ids=ids),
        settle_reservations(transactions=transactions, clocks=clocks, ids=ids),
        mark_local_lists(transactions=transactions, everything=EVERYTHING, clocks=clocks, ids=ids),
        settle_local_lists(transactions=transactions, clocks=clocks, ids=ids, together=ServedTogether),
        owe_cache_clearings(transactions=transactions, everything=EVERYTHING, together=ServedTogether),
        use_reservations(
            transactions=transactions, reserved=hot.reserved, tools=stations.tools, clocks=clocks
        ),
        check_configurations(transactions=transactions, clocks=clocks, ids=ids),
        settle_profiles(transactions=transactions, ids=ids),
        steer_load(
            reading=transactions.reading,
            transactions=transactions,
            steered=steered,
            everything=EVERYTHING,
            clocks=clocks,
            ids=ids,
        ),
        send_commands(transactions=transactions, line=line, clocks=clocks, ids=ids, together=ServedTogether),
        follow_certificates(transactions=transactions, clocks=clocks, ids=ids),
    ]
