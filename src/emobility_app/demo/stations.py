"""The demonstration's stations: a week in their memory, then days that pass faster."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from random import Random

import attrs

from emobility_adapters.ocpp.simulation import (
    KINDS,
    PastSession,
    SimulatedStation,
    StationClock,
    live,
    plausible_history,
    queue_history,
)
from emobility_app.demo.town import COMPANIES, StationPlan
from emobility_core.instants import Clock

SEED = 2026
SPEED = 60
# The stations live through these hours at full speed, then in real time; never in the future.
HEAD_START = timedelta(hours=12)
HISTORY = timedelta(days=7)


@attrs.frozen
class Pace:
    """How fast the stations live and what they remember."""

    head_start: timedelta = HEAD_START
    speed: float = SPEED
    history: timedelta | None = HISTORY


@attrs.frozen
class Player:
    """A simulated station, the cards that its drivers carry, and the sessions that it remembers."""

    station: SimulatedStation
    id_tags: Sequence[str]
    past: Sequence[PastSession]
    first_pause_s: float | None


def players(url: str, clock: Clock, pace: Pace, *, seed: int = SEED) -> list[Player]:
    """Make all stations; equal seeds make equal drivers, cars and energies."""
    begin = clock.now() - pace.head_start
    return [
        _player(plan, tags, url, begin, pace, Random(f"{seed}/{plan.identity}"), number)
        for number, (plan, tags) in enumerate(_plans())
    ]


def _plans() -> Iterator[tuple[StationPlan, Sequence[str]]]:
    for company in COMPANIES:
        for plan in company.stations:
            yield plan, company.id_tags


def _player(
    plan: StationPlan, tags: Sequence[str], url: str, begin: datetime, pace: Pace, random: Random, number: int
) -> Player:
    station = SimulatedStation(
        plan.identity,
        url,
        random=random,
        clock=StationClock(start=begin, speed=pace.speed),
        connectors=[KINDS[kind] for kind in plan.connectors],
        sample_interval_s=120,
    )
    past: Sequence[PastSession] = ()
    if pace.history is not None:
        past = plausible_history(
            station, tags, since=begin - pace.history, until=begin, random=random, pause_h=(3.0, 14.0)
        )
        queue_history(station, past, sample_every=timedelta(minutes=30))
    # Some cars arrive within seconds, the others as they come.
    return Player(station, tags, past, first_pause_s=None if number % 3 else 30.0 + 30.0 * number)


async def play(cast: Sequence[Player]) -> None:
    """Let all stations live until cancelled; raises what `live` raises."""
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        for player in cast:
            await stack.enter_async_context(player.station)
            group.create_task(_live(player))


async def _live(player: Player) -> None:
    await live(
        player.station,
        player.id_tags,
        pause_s=(300.0, 5400.0),
        energy_wh=(6_000, 45_000),
        first_pause_s=player.first_pause_s,
    )
