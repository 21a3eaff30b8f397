"""A tariff and its published, never changing versions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import attrs

from emobility_core.errors import Invalid, NotFound
from emobility_core.ids import TariffId, TariffVersionId, TenantId
from emobility_core.instants import Instant
from emobility_core.money import EXPONENTS, UnknownCurrency
from emobility_core.tariffs._amounts import Amounts, amounts_of
from emobility_core.work import Record


@attrs.frozen
class UnknownTariff(NotFound):
    """There is no such tariff within the caller's scope.

    Remedy: list the tariffs and use one of their ids.
    """

    code = "unknown-tariff"
    tariff: UUID


@attrs.frozen
class UnknownTariffVersion(NotFound):
    """There is no such version of a tariff within the caller's scope.

    Remedy: use the version that the session or the tariff names.
    """

    code = "unknown-tariff-version"
    version: UUID


@attrs.frozen
class NegativePrice(Invalid):
    """A price is negative or no finite number.

    Remedy: give a decimal number from 0 up; credits are documents, not prices.
    """

    code = "negative-price"
    field: str
    price: Decimal


@attrs.frozen
class VatOutOfRange(Invalid):
    """A VAT rate is not between 0 and 100 percent.

    Remedy: give the rate in percent, such as 19.
    """

    code = "vat-out-of-range"
    vat_percent: Decimal


def _price(_: object, field: attrs.Attribute[Decimal], price: Decimal) -> None:
    if not price.is_finite() or price < 0:
        raise NegativePrice(field.name, price)


def _percent(_: object, __: object, percent: Decimal) -> None:
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise VatOutOfRange(percent)


def _currency(_: object, __: object, currency: str) -> None:
    if currency not in EXPONENTS:
        raise UnknownCurrency(currency)


@attrs.frozen(kw_only=True)
class Prices:
    """Prices in major units of `currency`, gross where `include_vat`, else net.

    `per_minute` counts each started minute between start and stop.
    """

    currency: str = attrs.field(default="EUR", validator=_currency)
    include_vat: bool = True
    vat_percent: Decimal = attrs.field(default=Decimal(19), validator=_percent)
    per_kwh: Decimal = attrs.field(default=Decimal(0), validator=_price)
    per_session: Decimal = attrs.field(default=Decimal(0), validator=_price)
    per_minute: Decimal = attrs.field(default=Decimal(0), validator=_price)

    def amounts(self, total: Decimal) -> Amounts:
        """Net, VAT and gross of a total in this basis."""
        return amounts_of(
            total, currency=self.currency, include_vat=self.include_vat, vat_percent=self.vat_percent
        )


@attrs.frozen(kw_only=True)
class Tariff(Record):
    """A named tariff; changing its prices publishes the next version, `current`."""

    id: TariffId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    prices: Prices
    current: TariffVersionId | None = None


@attrs.frozen(kw_only=True)
class TariffVersion:
    """The prices of a tariff as published at `since`; sessions keep the version of their start."""

    id: TariffVersionId
    tenant: TenantId
    tariff: TariffId
    number: int
    prices: Prices
    since: Instant


def version_at(versions: Sequence[TariffVersion], at: Instant) -> TariffVersion | None:
    """The version that was published at `at`; the first one for what came before any was.

    `versions` are those of one tariff, oldest first. A start that is told late, after a change of
    price, finds the price of its time; which tariff applies is asked of the assignments of today.
    """
    published = [version for version in versions if version.since <= at]
    return published[-1] if published else next(iter(versions), None)
