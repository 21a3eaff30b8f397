"""What a station does when its clock comes to an instant, beside what goes on at the connectors."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.reservations import Reservation
from emobility_adapters.ocpp.simulation.transaction import Transaction

_LOOK_AGAIN_S = 60

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation


class Timers:
    """Reservations expire, limits change by schedule, meters are read by the clock."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self._limits: asyncio.Task[None] | None = None
        self._aligned: asyncio.Task[None] | None = None

    def reserve(self, wanted: Reservation, replaced: Reservation | None) -> None:
        """Show a reservation until it is used, cancelled or over; `replaced` is the one before it."""
        if replaced is not None:
            self._station.hardware.release(replaced)
            self._station.reservations.put(wanted)
        self._station.hardware.reserve(wanted)
        self._station.spawn(self._expire(wanted))

    async def _expire(self, reservation: Reservation) -> None:
        await self._station.clock.until(reservation.expires)
        if self._station.reservations.find(reservation.id) is reservation:
            self._station.hardware.release(reservation)

    def limits_changed(self) -> None:
        """Follow the charging profiles: report what they change now, and later by schedule."""
        if self._limits is not None:
            self._limits.cancel()
        self._limits = self._station.spawn(self._follow_limits())

    async def _follow_limits(self) -> None:
        hardware, clock = self._station.hardware, self._station.clock
        while True:
            hardware.look()
            changes = [hardware.profiles.next_change(one.number, clock.now()) for one in hardware.connectors]
            coming = min((one for one in changes if one is not None), default=None)
            if coming is None:
                return
            await clock.until(coming)

    def sample(self, transaction: Transaction) -> None:
        """Report meter values of a transaction, every MeterValueSampleInterval, until it ends."""
        self._station.spawn(self._sample(transaction))

    async def _sample(self, transaction: Transaction) -> None:
        station = self._station
        while transaction.is_running:
            # OCPP 1.6, 9.1.19: 0 means that nothing is sampled; the key may still be changed.
            interval_s = station.configuration.number("MeterValueSampleInterval")
            await station.clock.until(station.clock.now() + timedelta(seconds=interval_s or _LOOK_AGAIN_S))
            if transaction.is_running and interval_s:
                station.hardware.sample(transaction.connector)

    def align(self) -> None:
        """Read all meters by the clock, as ClockAlignedDataInterval has it from now on."""
        if self._aligned is not None:
            self._aligned.cancel()
            self._aligned = None
        interval_s = self._station.configuration.number("ClockAlignedDataInterval")
        if interval_s:
            self._aligned = self._station.spawn(self._read_by_the_clock(interval_s))

    async def _read_by_the_clock(self, interval_s: int) -> None:
        clock = self._station.clock
        while True:
            now = clock.now()
            await clock.until(now + timedelta(seconds=interval_s - now.timestamp() % interval_s))
            for connector in self._station.hardware.connectors:
                self._station.hardware.sample(connector.number, "Sample.Clock")
