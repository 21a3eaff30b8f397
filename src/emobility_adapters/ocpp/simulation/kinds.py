"""Kinds of connectors and vehicles, and the power that flows between them."""

from __future__ import annotations

import attrs

_LEAST_A = 6


@attrs.frozen
class ConnectorKind:
    """What a connector can deliver: watts at most; `phases` is 0 for direct current."""

    name: str
    power_w: int
    phases: int = 0
    voltage_v: int = 400

    @property
    def is_dc(self) -> bool:
        return self.phases == 0

    def current_a(self, power_w: int) -> float:
        """Amperes at `power_w`: per phase for alternating current."""
        return power_w / (self.voltage_v * max(self.phases, 1))

    def limited_w(self, wanted_w: int, limit_w: float) -> int:
        """What flows of `wanted_w` under a limit: alternating current has a least of 6 A a phase."""
        if wanted_w <= limit_w:
            return wanted_w
        # IEC 61851-1: a pilot signal cannot tell the car less than 6 A, so it is told to pause.
        if not self.is_dc and self.current_a(int(limit_w)) < _LEAST_A:
            return 0
        return int(limit_w)


AC_11 = ConnectorKind("ac11", 11_000, phases=3, voltage_v=230)
AC_22 = ConnectorKind("ac22", 22_000, phases=3, voltage_v=230)
DC_50 = ConnectorKind("dc50", 50_000)
DC_150 = ConnectorKind("dc150", 150_000, voltage_v=650)
HPC_300 = ConnectorKind("hpc300", 300_000, voltage_v=750)

KINDS = {kind.name: kind for kind in (AC_11, AC_22, DC_50, DC_150, HPC_300)}


@attrs.frozen
class Vehicle:
    """A car at the plug: battery in Wh, what it takes at most in W, state of charge on arrival in %."""

    capacity_wh: int = 64_000
    ac_power_w: int = 11_000
    dc_power_w: int = 170_000
    soc_percent: float = 20.0

    @property
    def room_wh(self) -> int:
        """Energy it takes from arrival to full."""
        return round(self.capacity_wh * (100 - self.soc_percent) / 100)

    def soc_after(self, delivered_wh: float) -> float:
        """State of charge in % after so much energy."""
        return min(100.0, self.soc_percent + 100 * delivered_wh / self.capacity_wh)

    def power_w(self, kind: ConnectorKind, soc_percent: float) -> int:
        """Watts the car draws at this state of charge: flat, then tapering to a tenth, zero when full.

        Fast charging tapers early, alternating current only at the very end.
        """
        full = min(kind.power_w, self.dc_power_w if kind.is_dc else self.ac_power_w)
        if soc_percent >= 100:
            return 0
        knee = 95.0 if not kind.is_dc else 80.0 if full <= 50_000 else 55.0
        if soc_percent <= knee:
            return full
        return int(full * (1 - 0.9 * (soc_percent - knee) / (100 - knee)))
