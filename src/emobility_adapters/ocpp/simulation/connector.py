"""A connector with its meter and the car at it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

import attrs

from emobility_adapters.ocpp.simulation.kinds import ConnectorKind, Vehicle
from emobility_adapters.ocpp.simulation.transaction import Transaction

_WS_PER_WH = 3600
# The charging curve is followed in steps of at most so many seconds.
_STEP = timedelta(seconds=60)


class Limits(Protocol):
    """What a connector may deliver at an instant."""

    def watts(self, connector: int, at: datetime) -> float | None:
        """The limit in watts; None when nothing limits it."""

    def next_change(self, connector: int, at: datetime) -> datetime | None:
        """When the limit may be another one after `at`; None if never."""


class Unlimited:
    """Nothing limits the connector but its kind and the car."""

    def watts(self, connector: int, at: datetime) -> float | None:
        return None

    def next_change(self, connector: int, at: datetime) -> datetime | None:
        return None


@attrs.define(eq=False)
class Connector:
    """Connector `number` (from 1) with a lifetime register in watt-seconds, so that nothing is lost.

    `status` is the ChargePointStatus last reported; `operative` what ChangeAvailability asked for;
    `reserved` says that somebody has reserved it; `error` is the ChargePointErrorCode of a fault;
    `left` says that the car went during the transaction, which goes on.
    """

    number: int
    kind: ConnectorKind
    register_ws: int
    status: str = "Available"
    operative: bool = True
    reserved: bool = False
    error: str | None = None
    left: bool = False
    vehicle: Vehicle | None = None
    transaction: Transaction | None = None
    delivered_ws: int = 0
    metered_at: datetime | None = None
    limits: Limits = attrs.field(factory=Unlimited)

    @property
    def meter_wh(self) -> int:
        """The register as its display shows it: whole watt-hours."""
        return self.register_ws // _WS_PER_WH

    @property
    def soc_percent(self) -> float:
        return self.vehicle.soc_after(self.delivered_ws / _WS_PER_WH) if self.vehicle else 0.0

    @property
    def power_w(self) -> int:
        """Watts flowing when the meter was last looked at: none without a car and a transaction."""
        return 0 if self.metered_at is None else self._power_w(self.metered_at)

    @property
    def offered_w(self) -> int:
        """Watts that the car may draw."""
        limit = None if self.metered_at is None else self.limits.watts(self.number, self.metered_at)
        return self.kind.power_w if limit is None else self.kind.limited_w(self.kind.power_w, limit)

    def _power_w(self, at: datetime) -> int:
        if self.vehicle is None or self.transaction is None or self.error is not None:
            return 0
        allowance_wh = self.transaction.allowance_wh
        if allowance_wh is not None and self.meter_wh - self.transaction.meter_start_wh >= allowance_wh:
            return 0
        wanted = self.vehicle.power_w(self.kind, self.soc_percent)
        limit = self.limits.watts(self.number, at)
        return wanted if limit is None else self.kind.limited_w(wanted, limit)

    @property
    def is_full(self) -> bool:
        return self.vehicle is not None and self._room_ws <= 0

    @property
    def _room_ws(self) -> int:
        """Watt-seconds that the car still takes."""
        return self.vehicle.room_wh * _WS_PER_WH - self.delivered_ws if self.vehicle else 0

    @property
    def rest_status(self) -> str:
        """The status without a car and a transaction."""
        if self.error is not None:
            return "Faulted"
        if not self.operative:
            return "Unavailable"
        return "Reserved" if self.reserved else "Available"

    @property
    def charging_status(self) -> str:
        """The status within a transaction: who holds the power back, if anybody does."""
        if self.error is not None:
            return "Faulted"
        if self.is_full or self.left:
            return "SuspendedEV"
        return "Charging" if self.vehicle is None or self.power_w else "SuspendedEVSE"

    def plug_in(self, vehicle: Vehicle) -> None:
        self.vehicle, self.delivered_ws, self.left = vehicle, 0, False

    def advance(self, now: datetime) -> None:
        """Let the energy flow that has flowed since the meter was last looked at."""
        at, self.metered_at = self.metered_at, now
        while at is not None and at < now:
            change = self.limits.next_change(self.number, at)
            step = min(_STEP, now - at, *(() if change is None else (change - at,)))
            self.deliver(min(round(self._power_w(at) * step.total_seconds()), self._room_ws))
            at += step

    def deliver(self, energy_ws: int) -> None:
        """Count so many watt-seconds on the register."""
        self.register_ws += energy_ws
        self.delivered_ws += energy_ws
