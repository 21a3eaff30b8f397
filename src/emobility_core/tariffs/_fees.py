"""Fees beside the elements: for blocking a point, and for a day, a month or a year."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

import attrs

from emobility_core.tariffs._checks import at_least_zero, is_percent, is_price, is_price_if_any
from emobility_core.tariffs._hours import LocalHours


class BlockingBasis(Enum):
    """From when a blocking fee counts: from plugging in, or from when no energy flows any more."""

    CONNECTED = "connected"
    AFTER_CHARGING = "after_charging"


class GraceClock(Enum):
    """Whether the time of grace goes by in an exempt window, too. The same night costs 9.00 or nothing."""

    RUNS = "runs"
    PAUSES = "pauses"


@attrs.frozen(kw_only=True)
class BlockingFee:
    """A price for each started minute after a time of grace, but for the `exempt` local times.

    Minutes are counted once a session. `max_per_day` bounds what falls on one local day, `max_per_session`
    all of it.
    """

    per_minute: Decimal = attrs.field(validator=is_price)
    grace_minutes: int = attrs.field(default=0, validator=at_least_zero)
    basis: BlockingBasis = BlockingBasis.CONNECTED
    max_per_session: Decimal | None = attrs.field(default=None, validator=is_price_if_any)
    max_per_day: Decimal | None = attrs.field(default=None, validator=is_price_if_any)
    exempt: tuple[LocalHours, ...] = attrs.field(default=(), validator=attrs.validators.max_len(10))
    grace_clock: GraceClock = GraceClock.RUNS
    vat_percent: Decimal | None = attrs.field(default=None, validator=is_percent)


class Cycle(Enum):
    """How often a periodic fee is due, by the local calendar."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Bearer(Enum):
    """Per what a periodic fee is due."""

    CONTRACT = "contract"
    CUSTOMER = "customer"
    TOKEN = "token"
    STATION = "station"


class ProRata(Enum):
    """What a cycle costs of which only some days count: nothing, its share by days, or all of it."""

    NONE = "none"
    DAYS = "days"
    FULL = "full"


@attrs.frozen(kw_only=True)
class PeriodicFee:
    """A fixed fee of each day, month or year."""

    amount: Decimal = attrs.field(validator=is_price)
    cycle: Cycle = Cycle.MONTH
    per: Bearer = Bearer.CONTRACT
    pro_rata: ProRata = ProRata.DAYS
    vat_percent: Decimal | None = attrs.field(default=None, validator=is_percent)
