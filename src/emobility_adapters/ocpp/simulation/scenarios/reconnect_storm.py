"""All stations lose the link and come back at once."""

from __future__ import annotations

from emobility_adapters.ocpp.simulation.results import StationResult
from emobility_adapters.ocpp.simulation.scenarios.part import Part


async def reconnect_storm(part: Part) -> StationResult:
    """Boot, wait for all, drop together, and boot again together: one attempt each.

    Raises what `Presence.start_up` raises.
    """
    presence = part.station.presence
    await presence.start_up(boot_attempts=1)
    await part.others.meet("connected")
    await presence.cut()
    await part.others.meet("dropped")
    await presence.start_up(boot_attempts=1)
    await part.others.meet("back")
    if presence.boots_accepted != 2:
        part.problems.append("A boot was not accepted.")
    return part.result()
