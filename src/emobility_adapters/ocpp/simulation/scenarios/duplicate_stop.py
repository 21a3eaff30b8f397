"""Stops sent again and again, on the same connection and on the next."""

from __future__ import annotations

from emobility_adapters.ocpp.simulation.results import StationResult
from emobility_adapters.ocpp.simulation.scenarios.part import Part
from emobility_adapters.ocpp.simulation.transaction import Transaction


async def duplicate_stop(part: Part) -> StationResult:
    """Charge as planned, each StopTransaction sent `copies` times, and once more after a reconnect.

    A central system answers each copy and counts the session once. Raises what `session` raises.
    """
    presence = part.station.presence
    presence.copies = {"StopTransaction": part.plan.copies}
    await presence.start_up(boot_attempts=1)
    for number in range(part.plan.sessions):
        await part.charge(number)
    await presence.settled()
    await presence.cut()
    await presence.start_up(boot_attempts=1)
    for transaction in part.transactions:
        await _stop_again(part, transaction)
    await presence.settled()
    return part.result()


async def _stop_again(part: Part, transaction: Transaction) -> None:
    if transaction.stop is not None:
        stop = transaction.with_id(transaction.stop)
        await part.station.presence.call("StopTransaction", stop)
