"""Tariffs, whom they are for, and what a session costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from emobility_core.charging import EndedSession
from emobility_core.ids import RatingId, TariffAssignmentId, TariffId, TariffVersionId
from emobility_core.rating import Rating, rate_session
from emobility_core.tariffs import Prices, Tariff, TariffAssignment, TariffVersion
from emobility_core.testing.builders.basis import TENANT, ids, later, stored
from emobility_core.testing.builders.charging import make_ended
from emobility_core.testing.clock import NOON


def make_tariff(**changes: Any) -> Tariff:
    fields = {"id": TariffId(ids.uuid7(NOON)), "name": "Standard", "prices": Prices(per_kwh=Decimal("0.39"))}
    return Tariff(**stored({**fields, **changes}))


def make_tariff_version(**changes: Any) -> TariffVersion:
    fields = {
        "id": TariffVersionId(ids.uuid7(NOON)),
        "tenant": TENANT,
        "tariff": TariffId(ids.uuid7(NOON)),
        "number": 1,
        "prices": Prices(per_kwh=Decimal("0.39")),
        "since": NOON,
    }
    return TariffVersion(**{**fields, **changes})


def make_assignment(**changes: Any) -> TariffAssignment:
    fields = {"id": TariffAssignmentId(ids.uuid7(NOON)), "tariff": TariffId(ids.uuid7(NOON))}
    return TariffAssignment(**stored({**fields, **changes}))


def make_rating(session: EndedSession | None = None, version: TariffVersion | None = None) -> Rating:
    """The price of a session: without arguments, 12.345 kWh at 0.39."""
    priced = version or make_tariff_version()
    return rate_session(
        session or make_ended(tariff=priced.id), priced, id=RatingId(ids.uuid7(NOON)), at=later(hours=2)
    )
