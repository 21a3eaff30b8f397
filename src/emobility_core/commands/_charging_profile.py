"""Charging profiles: how much a station, a connector or a session may draw, and when (OCPP 1.6, 3.13)."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from itertools import pairwise

import attrs

from emobility_core.errors import Invalid
from emobility_core.instants import EmptyPeriod, Instant

# Whole numbers of OCPP 1.6 are signed and of 32 bits; a limit as large is none.
_LARGEST = 2**31 - 1


@attrs.frozen
class ImpossibleLimit(Invalid):
    """A limit of a charging schedule is negative, absurdly large, or has more than one decimal.

    Remedy: give amperes or watts from 0 on, in tenths at the finest (OCPP 1.6, 7.14).
    """

    code = "impossible-limit"
    limit: Decimal


@attrs.frozen
class ImpossiblePhases(Invalid):
    """A period of a charging schedule names another number of phases than 1, 2 or 3.

    Remedy: leave the phases out, or give 1, 2 or 3.
    """

    code = "impossible-phases"
    phases: int


@attrs.frozen
class SchedulePeriodsOutOfOrder(Invalid):
    """The periods of a charging schedule are missing, do not begin at 0, or do not ascend.

    Remedy: let the first period start at 0 seconds and each further one later than the one before.
    """

    code = "schedule-periods-out-of-order"
    starts_s: tuple[int, ...]


@attrs.frozen
class ImpossibleDuration(Invalid):
    """A charging schedule lasts no time, or longer than 31 bits of seconds.

    Remedy: give a duration of at least one second, or none for a schedule without an end.
    """

    code = "impossible-duration"
    duration_s: int


@attrs.frozen
class ProfileContradicts(Invalid):
    """A field of a charging profile is missing for its kind or purpose, or has no meaning with it.

    Remedy: a recurring profile needs `recurrence` and `schedule.starts_at`; a relative one has no
    `schedule.starts_at`; only a recurring one has `recurrence`, only a session's one `transaction_id`.
    """

    code = "profile-contradicts"
    field: str


@attrs.frozen
class ImpossibleProfileNumber(Invalid):
    """The number or the stack level of a charging profile is negative or beyond 31 bits.

    Remedy: give a whole number from 0 to 2147483647; a station tells its highest stack level in the
    configuration key ChargeProfileMaxStackLevel.
    """

    code = "impossible-profile-number"
    number: int


@attrs.frozen
class MisplacedProfile(Invalid):
    """A charging profile is meant for a connector on which its purpose cannot stand.

    Remedy: limit a station on connector 0, a session on its own connector (OCPP 1.6, 3.13.1).
    """

    code = "misplaced-profile"
    purpose: str
    connector: int


class ProfilePurpose(Enum):
    """What a profile limits: the whole station, sessions without one of their own, or one session."""

    STATION_MAX = "station_max"
    DEFAULT = "default"
    SESSION = "session"


class ProfileKind(Enum):
    """From when a profile's seconds count: a fixed instant, each day or week, or the session's start."""

    ABSOLUTE = "absolute"
    RECURRING = "recurring"
    RELATIVE = "relative"


class Recurrence(Enum):
    """How often a recurring profile begins anew."""

    DAILY = "daily"
    WEEKLY = "weekly"

    @property
    def seconds(self) -> int:
        return 86_400 if self is Recurrence.DAILY else 7 * 86_400


class RateUnit(Enum):
    """Amperes are meant for each phase, watts for all phases together (OCPP 1.6, 7.12)."""

    A = "A"
    W = "W"


def _limit(_: object, __: object, limit: Decimal) -> None:
    if not (limit.is_finite() and 0 <= limit <= _LARGEST and limit * 10 % 1 == 0):
        raise ImpossibleLimit(limit)


def _phases(_: object, __: object, phases: int | None) -> None:
    if phases is not None and not 1 <= phases <= 3:
        raise ImpossiblePhases(phases)


def _numbered(_: object, __: object, number: int) -> None:
    if not 0 <= number <= _LARGEST:
        raise ImpossibleProfileNumber(number)


def _ordered(_: object, __: object, periods: tuple[SchedulePeriod, ...]) -> None:
    starts = tuple(period.start_s for period in periods)
    if not starts or starts[0] != 0 or starts[-1] > _LARGEST or not _ascending(starts):
        raise SchedulePeriodsOutOfOrder(starts)


def _ascending(numbers: tuple[int, ...]) -> bool:
    return all(before < after for before, after in pairwise(numbers))


def _lasting(_: object, __: object, duration_s: int | None) -> None:
    if duration_s is not None and not 0 < duration_s <= _LARGEST:
        raise ImpossibleDuration(duration_s)


@attrs.frozen(kw_only=True)
class SchedulePeriod:
    """A limit that holds from `start_s` seconds after the schedule's start until the next period."""

    start_s: int
    limit: Decimal = attrs.field(validator=_limit)
    phases: int | None = attrs.field(default=None, validator=_phases)


@attrs.frozen(kw_only=True)
class ChargingSchedule:
    """Limits over time. Without `duration_s` the last period never ends.

    `min_rate` is the lowest rate at which charging makes sense, for the station's own use.
    """

    unit: RateUnit
    periods: tuple[SchedulePeriod, ...] = attrs.field(validator=_ordered)
    duration_s: int | None = attrs.field(default=None, validator=_lasting)
    starts_at: Instant | None = None
    min_rate: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(_limit))


@attrs.frozen(kw_only=True)
class ChargingProfile:
    """A schedule with its purpose, its place in the stack, and the time in which it counts.

    `id` is the station's number of it, unique at the station. Of several that count, the highest
    `stack_level` of each purpose wins.
    """

    id: int = attrs.field(validator=_numbered)
    purpose: ProfilePurpose
    stack_level: int = attrs.field(default=0, validator=_numbered)
    kind: ProfileKind = ProfileKind.ABSOLUTE
    recurrence: Recurrence | None = None
    schedule: ChargingSchedule
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    transaction_id: int | None = None

    def __attrs_post_init__(self) -> None:
        recurring = self.kind is ProfileKind.RECURRING
        if recurring != (self.recurrence is not None):
            raise ProfileContradicts("recurrence")
        starts_at = self.schedule.starts_at
        if (recurring and starts_at is None) or (self.kind is ProfileKind.RELATIVE and starts_at is not None):
            raise ProfileContradicts("schedule.starts_at")
        if self.transaction_id is not None and self.purpose is not ProfilePurpose.SESSION:
            raise ProfileContradicts("transaction_id")
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise EmptyPeriod(self.valid_from, self.valid_until)

    def check_place(self, connector: int) -> None:
        """Raise `MisplacedProfile` where a profile of this purpose cannot stand on that connector."""
        # OCPP 1.6, 3.13.1: ChargePointMaxProfile on connector 0 alone, TxProfile never there.
        fits = {
            ProfilePurpose.STATION_MAX: connector == 0,
            ProfilePurpose.DEFAULT: connector >= 0,
            ProfilePurpose.SESSION: connector > 0,
        }
        if not fits[self.purpose]:
            raise MisplacedProfile(self.purpose.value, connector)
