"""A station in everyday use: one plausible visit after the other, without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from emobility_adapters.ocpp.simulation.connector import Connector
from emobility_adapters.ocpp.simulation.failures import ConnectorBusy, SimulationFailure
from emobility_adapters.ocpp.simulation.station import SimulatedStation
from emobility_adapters.ocpp.simulation.visit import Visit


async def live(
    station: SimulatedStation,
    id_tags: Sequence[str],
    *,
    pause_s: tuple[float, float] = (300.0, 3600.0),
    energy_wh: tuple[int, int] = (5_000, 40_000),
    first_pause_s: float | None = None,
) -> None:
    """Stay connected and charge at every connector until cancelled.

    Pauses are station seconds between two visits, drawn from `pause_s`; `first_pause_s` is the one
    before the first visit. Raises what `SimulatedStation.run` raises, then nothing goes on.
    """
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(station.run())
            for connector in station.hardware.connectors:
                group.create_task(_visits(station, connector, id_tags, pause_s, energy_wh, first_pause_s))
    except* SimulationFailure as failures:
        # Only `run` fails so, and only once.
        raise failures.exceptions[0] from None


async def _visits(
    station: SimulatedStation,
    connector: Connector,
    id_tags: Sequence[str],
    pause_s: tuple[float, float],
    energy_wh: tuple[int, int],
    first_pause_s: float | None,
) -> None:
    random = station.random
    pause = random.uniform(*pause_s) if first_pause_s is None else first_pause_s
    while True:
        await station.clock.sleep(pause)
        visit = Visit(
            random.choice(id_tags),
            connector.number,
            vehicle=station.next_vehicle(),
            energy_wh=random.randint(*energy_wh),
        )
        # A remote start was faster, or the connector is out of service: the driver comes back later.
        with contextlib.suppress(ConnectorBusy):
            await station.charge(visit)
        pause = random.uniform(*pause_s)
