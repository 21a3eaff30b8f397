"""All that a tariff charges: the one price model, from a price per kilowatt-hour to OCPI's elements."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from functools import cached_property

import attrs

from emobility_core.errors import Invalid
from emobility_core.money import EXPONENTS, UnknownCurrency
from emobility_core.tariffs._amounts import Basis
from emobility_core.tariffs._checks import is_percent, is_price, is_price_if_any
from emobility_core.tariffs._compiled import Compiled, compiled
from emobility_core.tariffs._element import Dimension, Price, TariffElement
from emobility_core.tariffs._fees import BlockingFee, PeriodicFee
from emobility_core.tariffs._hours import EmptyRange


@attrs.frozen
class PriceNotFixed(Invalid):
    """The price of energy depends on how long the session lasts, or on power or current, while prices are
    fixed at start.

    Remedy: restrict by hours, energy or kind of connector; or tell energy apart at signed values, or by
    interpolation where no calibration law applies.
    """

    code = "price-not-fixed"
    field: str


@attrs.frozen
class NoSuchLimit(Invalid):
    """A least or most price gives no amount at all.

    Remedy: give an amount before tax, after tax, or both.
    """

    code = "no-such-limit"


class Switching(Enum):
    """How the energy of a session is told apart where its price changes with the time.

    AT_START: it is not, the price that holds at the start counts for all of it. SIGNED_VALUES: each phase,
    from one signed value to the next, has the price of its beginning. INTERPOLATED: evenly within a phase, as
    OCPI allows and German calibration law does not.
    """

    AT_START = "at_start"
    SIGNED_VALUES = "signed_values"
    INTERPOLATED = "interpolated"


@attrs.frozen(kw_only=True)
class PriceLimit:
    """A bound of a session's price. Where both amounts are given each binds for itself (OCPI 2.3.0,
    PriceLimit); with one of them the other follows from the VAT rates of the session."""

    before_tax: Decimal | None = attrs.field(default=None, validator=is_price_if_any)
    after_tax: Decimal | None = attrs.field(default=None, validator=is_price_if_any)

    def __attrs_post_init__(self) -> None:
        if self.before_tax is None and self.after_tax is None:
            raise NoSuchLimit()


# Each costs at every session; nobody could read more either.
_MOST = 50


def _currency(_: object, __: object, currency: str) -> None:
    if currency not in EXPONENTS:
        raise UnknownCurrency(currency)


@attrs.frozen(kw_only=True)
class Prices:
    """Prices in major units of `currency`, gross where `include_vat`, else net.

    A simple tariff has the three simple prices and nothing else; `per_minute` counts each started minute
    between start and stop. They are what counts where none of the `elements` does.
    """

    currency: str = attrs.field(default="EUR", validator=_currency)
    include_vat: bool = True
    vat_percent: Decimal = attrs.field(default=Decimal(19), validator=is_percent)
    per_kwh: Decimal = attrs.field(default=Decimal(0), validator=is_price)
    per_session: Decimal = attrs.field(default=Decimal(0), validator=is_price)
    per_minute: Decimal = attrs.field(default=Decimal(0), validator=is_price)
    elements: tuple[TariffElement, ...] = attrs.field(default=(), validator=attrs.validators.max_len(_MOST))
    blocking: BlockingFee | None = None
    periodic: tuple[PeriodicFee, ...] = attrs.field(default=(), validator=attrs.validators.max_len(_MOST))
    minimum: PriceLimit | None = None
    maximum: PriceLimit | None = None
    switching: Switching = Switching.AT_START

    def __attrs_post_init__(self) -> None:
        if self.minimum is not None and self.maximum is not None:
            for name in ("before_tax", "after_tax"):
                least, most = getattr(self.minimum, name), getattr(self.maximum, name)
                if least is not None and most is not None and most < least:
                    raise EmptyRange(f"maximum.{name}")
        if self.switching is Switching.AT_START:
            for number, element in enumerate(self.elements):
                if _priced(element, Dimension.ENERGY) and not _is_fixed(element):
                    raise PriceNotFixed(f"elements.{number}.restrictions")

    @property
    def basis(self) -> Basis:
        return Basis(currency=self.currency, include_vat=self.include_vat, vat_percent=self.vat_percent)

    @cached_property
    def is_simple(self) -> bool:
        """Whether the three simple prices are all that a session can cost."""
        extras = (self.elements, self.blocking, self.minimum, self.maximum)
        return not any(extra not in ((), None) for extra in extras)

    @cached_property
    def compiled(self) -> Compiled:
        """Ready for rating; worked out once."""
        return compiled(
            self.elements, self._simple_prices(), () if self.blocking is None else self.blocking.exempt
        )

    def _simple_prices(self) -> tuple[tuple[str, Price], ...]:
        simple = (
            ("per_kwh", Price(dimension=Dimension.ENERGY, amount=self.per_kwh)),
            ("per_session", Price(dimension=Dimension.SESSION, amount=self.per_session)),
            (
                "per_minute",
                Price(dimension=Dimension.CONNECTED_TIME, amount=self.per_minute * 60, step=60),
            ),
        )
        return tuple((name, price) for name, price in simple if price.amount)

    @property
    def needs_duration(self) -> bool:
        """Whether a price counts how long something lasted, which a station's clock must be fit to tell."""
        timed = any(_is_timed(element) for element in self.elements)
        return bool(self.per_minute) or self.blocking is not None or timed

    @property
    def needs_time_of_day(self) -> bool:
        """Whether a price depends on the hour or the day."""
        dated = any(element.restrictions.hours is not None for element in self.elements)
        return dated or (self.blocking is not None and bool(self.blocking.exempt))

    @property
    def needs_momentary_power(self) -> bool:
        """Whether a price depends on power or current of a moment, which no signed value proves."""
        return any(element.restrictions.momentary for element in self.elements)


def _is_timed(element: TariffElement) -> bool:
    return element.restrictions.lasting or any(price.dimension.is_time for price in element.prices)


def _priced(element: TariffElement, dimension: Dimension) -> bool:
    return any(price.dimension is dimension for price in element.prices)


def _is_fixed(element: TariffElement) -> bool:
    return not (element.restrictions.momentary or element.restrictions.lasting)
