"""Parts of tariffs that several tests speak of."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from emobility_core.energy import Energy
from emobility_core.instants import instant
from emobility_core.tariffs import (
    Dimension,
    LocalHours,
    Price,
    Prices,
    Restrictions,
    Switching,
    TariffElement,
    Usage,
)

ZONE = "Europe/Berlin"


def element(
    dimension: Dimension = Dimension.ENERGY, amount: str = "1", *, step: int = 0, **asked: Any
) -> TariffElement:
    """An element of one price."""
    price = Price(dimension=dimension, amount=Decimal(amount), step=step)
    return TariffElement(prices=(price,), restrictions=Restrictions(**asked))


def usage(since: str, until: str, kwh: str = "0", **more: Any) -> Usage:
    """A use at a site in Berlin, its times with offsets."""
    first, last = (instant(datetime.fromisoformat(text)) for text in (since, until))
    known: dict[str, Any] = {"zone": ZONE, "energy": Energy.parse_kwh(Decimal(kwh))} | more
    return Usage(started_at=first, ended_at=last, **known)


NIGHT = LocalHours(since="22:00", until="06:00")
# 0.30 at night, 0.60 by day.
NIGHTLY = Prices(
    elements=(element(amount="0.30", hours=NIGHT), element(amount="0.60")), switching=Switching.INTERPOLATED
)
