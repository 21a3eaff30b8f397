"""Whole sessions as they should be: boot, status, authorize, start, meter values, stop, status."""

from __future__ import annotations

from emobility_adapters.ocpp.simulation.results import StationResult
from emobility_adapters.ocpp.simulation.scenarios.part import Part


async def session(part: Part) -> StationResult:
    """Connect once and play the planned sessions one after the other.

    Raises what `Presence.start_up` raises, and `LineLost` if the line goes before all is answered.
    """
    await part.station.presence.start_up(boot_attempts=1)
    for number in range(part.plan.sessions):
        await part.charge(number)
    await part.station.presence.settled()
    return part.result()
