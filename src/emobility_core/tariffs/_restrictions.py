"""What restricts an element of a tariff."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

import attrs

from emobility_core.energy import Energy
from emobility_core.network import PowerClass
from emobility_core.tariffs._checks import at_least_zero
from emobility_core.tariffs._hours import EmptyRange, LocalHours


class ReservationKind(Enum):
    """Any reservation, or one that ran out before anybody charged (OCPI: RESERVATION_EXPIRES)."""

    RESERVED = "reserved"
    EXPIRED = "expired"


@attrs.frozen(kw_only=True)
class Restrictions:
    """When an element applies: all that is given must hold, and it is asked anew at each moment (OCPI 2.3.0,
    mod_tariffs, TariffRestrictions).

    Bounds below are included, bounds above are not. Energy and duration are those of the session so far;
    power and current are momentary, the current summed over the phases. Raises `NotAnEnergy` for energy that
    is finer than a meter counts.
    """

    hours: LocalHours | None = None
    min_kwh: Decimal | None = attrs.field(default=None, validator=at_least_zero)
    max_kwh: Decimal | None = attrs.field(default=None, validator=at_least_zero)
    min_duration_s: int | None = attrs.field(default=None, validator=at_least_zero)
    max_duration_s: int | None = attrs.field(default=None, validator=at_least_zero)
    min_power_kw: Decimal | None = attrs.field(default=None, validator=at_least_zero)
    max_power_kw: Decimal | None = attrs.field(default=None, validator=at_least_zero)
    min_current_a: Decimal | None = attrs.field(default=None, validator=at_least_zero)
    max_current_a: Decimal | None = attrs.field(default=None, validator=at_least_zero)
    power_classes: tuple[PowerClass, ...] = ()
    connector_types: tuple[str, ...] = ()
    reservation: ReservationKind | None = None

    def __attrs_post_init__(self) -> None:
        for name, low, high in (
            ("max_kwh", self.min_kwh, self.max_kwh),
            ("max_duration_s", self.min_duration_s, self.max_duration_s),
            ("max_power_kw", self.min_power_kw, self.max_power_kw),
            ("max_current_a", self.min_current_a, self.max_current_a),
        ):
            if high is not None and high <= (low or 0):
                raise EmptyRange(name)
        for kwh in (self.min_kwh, self.max_kwh):
            if kwh is not None:
                Energy.parse_kwh(kwh)

    @property
    def momentary(self) -> bool:
        """Whether it asks for power or current of a moment."""
        bounds = (self.min_power_kw, self.max_power_kw, self.min_current_a, self.max_current_a)
        return any(bound is not None for bound in bounds)

    @property
    def lasting(self) -> bool:
        """Whether it asks how long the session has lasted."""
        return self.min_duration_s is not None or self.max_duration_s is not None

    @property
    def metered(self) -> bool:
        """Whether it asks how much energy the session has taken."""
        return self.min_kwh is not None or self.max_kwh is not None
