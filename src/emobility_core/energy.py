"""Energy as one exact integer of milliwatt-hours, the finest step a calibrated meter reports."""

from __future__ import annotations

from decimal import Decimal

import attrs

from emobility_core.errors import Invalid


@attrs.frozen
class NotAnEnergy(Invalid):
    """A text or number does not state an exact, finite energy.

    Remedy: give a decimal number of kilowatt-hours with at most six decimals.
    """

    code = "not-an-energy"
    text: str


@attrs.frozen
class Energy:
    """An amount of energy, or a meter register; `mwh` is in milliwatt-hours (1/1,000,000 kWh)."""

    mwh: int = attrs.field(validator=attrs.validators.instance_of(int))

    @classmethod
    def wh(cls, value: int) -> Energy:
        return cls(value * 1_000)

    @classmethod
    def parse_kwh(cls, value: Decimal) -> Energy:
        """Make an energy of a decimal number of kWh; raise `NotAnEnergy` if it is finer than 1 mWh."""
        if not value.is_finite():
            raise NotAnEnergy(str(value))
        scaled = value.scaleb(6)
        if scaled != scaled.to_integral_value():
            raise NotAnEnergy(str(value))
        return cls(int(scaled))

    @property
    def kwh(self) -> Decimal:
        """Kilowatt-hours with three decimals, or as many as the amount needs."""
        if self.mwh % 1_000:
            return Decimal(self.mwh).scaleb(-6)
        return Decimal(self.mwh // 1_000).scaleb(-3)

    # Written out: every meter value is compared, and generated comparisons build two tuples each.
    def __lt__(self, other: Energy) -> bool:
        return self.mwh < other.mwh

    def __le__(self, other: Energy) -> bool:
        return self.mwh <= other.mwh

    def __gt__(self, other: Energy) -> bool:
        return self.mwh > other.mwh

    def __ge__(self, other: Energy) -> bool:
        return self.mwh >= other.mwh

    def __sub__(self, other: Energy) -> Energy:
        return Energy(self.mwh - other.mwh)

    def __add__(self, other: Energy) -> Energy:
        return Energy(self.mwh + other.mwh)
