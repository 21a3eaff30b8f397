"""A tariff and its published, never changing versions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import TariffId, TariffVersionId, TenantId
from emobility_core.instants import Instant
from emobility_core.tariffs._prices import Prices
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
