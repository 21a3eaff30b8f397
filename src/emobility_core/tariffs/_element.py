"""The prices of a tariff by dimension, and the elements that restrict them."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

import attrs

from emobility_core.errors import Invalid
from emobility_core.tariffs._checks import at_least_zero, is_percent, is_price
from emobility_core.tariffs._restrictions import Restrictions


@attrs.frozen
class DimensionTwice(Invalid):
    """An element has two prices of one dimension, of which the second would never count.

    Remedy: keep one of them, or put the other into an element with other restrictions.
    """

    code = "dimension-twice"
    field: str
    dimension: str


class Dimension(Enum):
    """What a price is for.

    Times are told apart as OCPP 2.1 does: while energy flows, while none does, and the whole time between
    plugging in and out; a reservation has a time and a fee of its own.
    """

    ENERGY = "energy"
    SESSION = "session"
    CHARGING_TIME = "charging_time"
    IDLE_TIME = "idle_time"
    CONNECTED_TIME = "connected_time"
    RESERVATION_TIME = "reservation_time"
    RESERVATION_FEE = "reservation_fee"

    @property
    def is_time(self) -> bool:
        return self.value.endswith("_time")


@attrs.frozen(kw_only=True)
class Price:
    """`amount` in major units: for a kWh, for an hour, or once.

    `step` rounds a quantity up, in Wh or seconds, once in a session and by its last price (OCPI 2.3.0,
    mod_cdrs, step_size); 0 counts exactly what was measured. Without a `vat_percent` the tariff's counts.
    """

    dimension: Dimension
    amount: Decimal = attrs.field(validator=is_price)
    step: int = attrs.field(default=0, validator=at_least_zero)
    vat_percent: Decimal | None = attrs.field(default=None, validator=is_percent)


@attrs.frozen(kw_only=True)
class TariffElement:
    """Prices that count while the restrictions hold. Of a tariff's elements the first counts that has a price
    for the dimension and fits, each dimension for itself."""

    prices: tuple[Price, ...] = attrs.field(validator=attrs.validators.min_len(1))
    restrictions: Restrictions = attrs.field(factory=Restrictions)

    def __attrs_post_init__(self) -> None:
        seen = set()
        for number, price in enumerate(self.prices):
            if price.dimension in seen:
                raise DimensionTwice(f"prices.{number}", price.dimension.value)
            seen.add(price.dimension)
