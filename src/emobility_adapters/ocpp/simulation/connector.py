"""A connector with its meter and the car at it."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from emobility_adapters.ocpp.simulation.kinds import ConnectorKind, Vehicle
from emobility_adapters.ocpp.simulation.transaction import Transaction

_WS_PER_WH = 3600
# The charging curve is followed in steps of at most so many seconds.
_STEP = timedelta(seconds=60)


@attrs.define(eq=False)
class Connector:
    """Connector `number` (from 1) with a lifetime register in watt-seconds, so that nothing is lost.

    `status` is the ChargePointStatus last reported; `operative` what ChangeAvailability asked for.
    """

    number: int
    kind: ConnectorKind
    register_ws: int
    status: str = "Available"
    operative: bool = True
    vehicle: Vehicle | None = None
    transaction: Transaction | None = None
    delivered_ws: int = 0
    metered_at: datetime | None = None

    @property
    def meter_wh(self) -> int:
        """The register as its display shows it: whole watt-hours."""
        return self.register_ws // _WS_PER_WH

    @property
    def soc_percent(self) -> float:
        return self.vehicle.soc_after(self.delivered_ws / _WS_PER_WH) if self.vehicle else 0.0

    @property
    def power_w(self) -> int:
        """Watts flowing now: none without a car and a transaction."""
        if self.vehicle is None or self.transaction is None:
            return 0
        return self.vehicle.power_w(self.kind, self.soc_percent)

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
        return "Available" if self.operative else "Unavailable"

    def plug_in(self, vehicle: Vehicle) -> None:
        self.vehicle, self.delivered_ws = vehicle, 0

    def advance(self, now: datetime) -> None:
        """Let the energy flow that has flowed since the meter was last looked at."""
        at, self.metered_at = self.metered_at, now
        while at is not None and at < now:
            step = min(_STEP, now - at)
            self.deliver(min(round(self.power_w * step.total_seconds()), self._room_ws))
            at += step

    def deliver(self, energy_ws: int) -> None:
        """Count so many watt-seconds on the register."""
        self.register_ws += energy_ws
        self.delivered_ws += energy_ws
