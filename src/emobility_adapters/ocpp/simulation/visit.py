"""A driver's visit to a connector, from plugging in to driving away."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import attrs

from emobility_adapters.ocpp.simulation.authorization import TagInfo
from emobility_adapters.ocpp.simulation.charging_profiles import Profile
from emobility_adapters.ocpp.simulation.connector import Connector
from emobility_adapters.ocpp.simulation.failures import LineLost
from emobility_adapters.ocpp.simulation.kinds import Vehicle
from emobility_adapters.ocpp.simulation.transaction import Transaction

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation

_SHORT_QUEUE = 5


@attrs.frozen
class Visit:
    """Who charges where and until when; seconds are station time.

    It ends after `duration_s`, after `energy_wh`, or when the car is full, whichever comes first.
    `meter_values` spreads so many samples over `duration_s`; without it the configured interval holds.
    `authorize` False starts without asking, as after a remote start, which may bring a
    `charging_profile` along.
    """

    id_tag: str
    connector: int = 1
    vehicle: Vehicle = attrs.field(factory=Vehicle)
    duration_s: float | None = None
    energy_wh: int | None = None
    meter_values: int | None = None
    authorize: bool = True
    linger_s: float = 10.0
    charging_profile: Profile | None = None

    def interval_s(self, configured_s: int) -> float:
        """Station seconds between two samples."""
        if self.meter_values is not None and self.duration_s is not None:
            return self.duration_s / (self.meter_values + 1)
        return max(1, configured_s)

    def is_over(self, connector: Connector, elapsed_s: float) -> bool:
        # The sum of the intervals may miss the duration by a rounding error.
        if self.duration_s is not None and elapsed_s >= self.duration_s - 0.001:
            return True
        enough = self.energy_wh is not None and connector.delivered_ws >= self.energy_wh * 3600
        return enough or connector.is_full


async def charge(station: SimulatedStation, visit: Visit) -> Transaction | None:
    """Play the visit; the transaction, or None when the tag was refused."""
    connector = station.hardware.plug_in(visit.connector, visit.vehicle)
    try:
        info = await _authorize(station, visit) if visit.authorize else TagInfo("Accepted")
        if info.status != "Accepted":
            return None
        transaction = station.hardware.begin(visit.connector, visit.id_tag, parent=info.parent)
        if visit.charging_profile is not None:
            station.hardware.profiles.put(visit.charging_profile)
            station.timers.limits_changed()
        await _charge(station, visit, connector, transaction)
        # The transaction may have been ended from afar; the car stays a little either way.
        await station.clock.sleep(visit.linger_s)
        return transaction
    finally:
        station.hardware.unplug(visit.connector)


async def _authorize(station: SimulatedStation, visit: Visit) -> TagInfo:
    # The central system hears of the cable before it hears of the card; offline it hears neither,
    # and a backlog from the time offline keeps no driver waiting.
    if len(station.outbox) <= _SHORT_QUEUE:
        with contextlib.suppress(LineLost):
            await station.presence.settled()
    return await station.tags.look_up(visit.id_tag)


async def _charge(
    station: SimulatedStation, visit: Visit, connector: Connector, transaction: Transaction
) -> None:
    elapsed_s = 0.0
    while transaction.is_running:
        step_s = visit.interval_s(station.configuration.number("MeterValueSampleInterval"))
        if visit.duration_s is not None:
            step_s = min(step_s, visit.duration_s - elapsed_s)
        await station.clock.sleep(step_s)
        elapsed_s += step_s
        if not transaction.is_running:
            return
        connector.advance(station.clock.now())
        if visit.is_over(connector, elapsed_s):
            station.hardware.end(transaction)
        else:
            station.hardware.sample(visit.connector)
