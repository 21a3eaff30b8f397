"""The charging profiles that a station holds, and what they allow (OCPP 1.6, 3.13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Self

import attrs

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.times import read_time

STATION, DEFAULT, SESSION = "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"
_EVERY = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}
_VOLTS, _PHASES = 230, 3


@attrs.frozen
class Limit:
    """A limit in amperes a phase or in watts; `phases` where the schedule names them."""

    value: float
    unit: str
    phases: int | None = None

    def watts(self) -> float:
        return self.value if self.unit == "W" else self.value * _VOLTS * (self.phases or _PHASES)

    def in_unit(self, unit: str) -> float:
        """The value in A or W, in tenths at the finest and never above the limit."""
        if unit == self.unit:
            return self.value
        value = self.watts() if unit == "W" else self.value / (_VOLTS * (self.phases or _PHASES))
        return int(value * 10 + 1e-6) / 10


@attrs.frozen
class Profile:
    """A charging profile as it was set on `connector`, 0 for the station as a whole."""

    connector: int
    id: int
    stack_level: int
    purpose: str
    kind: str
    recurrency: str | None
    transaction_id: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    duration_s: int | None
    start: datetime | None
    unit: str
    periods: tuple[tuple[int, float, int | None], ...]

    @classmethod
    def of(cls, connector: int, payload: Payload) -> Self:
        """Read csChargingProfiles, which has met the schema; raises ValueError for a date that is none."""
        schedule = payload["chargingSchedule"]
        periods = schedule["chargingSchedulePeriod"]
        return cls(
            connector=connector,
            id=payload["chargingProfileId"],
            stack_level=payload["stackLevel"],
            purpose=payload["chargingProfilePurpose"],
            kind=payload["chargingProfileKind"],
            recurrency=payload.get("recurrencyKind"),
            transaction_id=payload.get("transactionId"),
            valid_from=_time(payload.get("validFrom")),
            valid_to=_time(payload.get("validTo")),
            duration_s=schedule.get("duration"),
            start=_time(schedule.get("startSchedule")),
            unit=schedule["chargingRateUnit"],
            periods=tuple((one["startPeriod"], one["limit"], one.get("numberPhases")) for one in periods),
        )

    @property
    def is_whole(self) -> bool:
        """Whether its parts fit each other."""
        starts = [start for start, _, _ in self.periods]
        ascending = bool(starts) and starts[0] == 0 and all(a < b for a, b in pairwise(starts))
        recurring = self.kind == "Recurring"
        return (
            ascending
            and recurring == (self.recurrency is not None)
            and (not recurring or self.start is not None)
        )

    def limit(self, at: datetime, began: datetime) -> Limit | None:
        """What it allows at `at` in a transaction that began at `began`; None where it says nothing."""
        if (self.valid_from and at < self.valid_from) or (self.valid_to and at >= self.valid_to):
            return None
        since = at - self._base(at, began)
        elapsed_s = since.total_seconds()
        if elapsed_s < 0 or (self.duration_s is not None and elapsed_s >= self.duration_s):
            return None
        _, value, phases = [one for one in self.periods if one[0] <= elapsed_s][-1]
        return Limit(value, self.unit, phases)

    def _base(self, at: datetime, began: datetime) -> datetime:
        base = began if self.start is None or self.kind == "Relative" else self.start
        if self.recurrency is None or at < base:
            return base
        return base + (at - base) // _EVERY[self.recurrency] * _EVERY[self.recurrency]

    def changes(self, at: datetime, began: datetime) -> Iterable[datetime]:
        """Instants at which what it allows may change, about `at`."""
        base = self._base(at, began)
        yield from (one for one in (self.valid_from, self.valid_to) if one is not None)
        cycles = [base] if self.recurrency is None else [base, base + _EVERY[self.recurrency]]
        for cycle in cycles:
            yield from (cycle + timedelta(seconds=start) for start, _, _ in self.periods)
            if self.duration_s is not None:
                yield cycle + timedelta(seconds=self.duration_s)


def _time(text: str | None) -> datetime | None:
    return None if text is None else read_time(text)


class ChargingProfiles:
    """All profiles of a station; survives a reset.

    `began` tells when a connector's transaction started, None without one; `sharing` how many
    connectors share the station's own limit now.
    """

    def __init__(self, began: Callable[[int], datetime | None], sharing: Callable[[], int]) -> None:
        self._began = began
        self._sharing = sharing
        self.installed: list[Profile] = []

    def put(self, profile: Profile) -> None:
        """Install one in place of any with its number, or its place in the stack."""
        place = (profile.connector, profile.purpose, profile.stack_level)
        self.installed = [
            one
            for one in self.installed
            if one.id != profile.id and (one.connector, one.purpose, one.stack_level) != place
        ]
        self.installed.append(profile)

    def clear(
        self, *, id: int | None, connector: int | None, purpose: str | None, stack_level: int | None
    ) -> int:
        """Take out those that match all that is given; how many there were."""
        # OCPP 1.6, 6.13 with errata 4.0, 3.26: a profile's number stands alone, the other three are a filter.
        wanted = [
            one
            for one in self.installed
            if (one.id == id if id is not None else connector in (None, one.connector))
            and (id is not None or purpose in (None, one.purpose))
            and (id is not None or stack_level in (None, one.stack_level))
        ]
        self.installed = [one for one in self.installed if one not in wanted]
        return len(wanted)

    def end_session(self, connector: int) -> None:
        """The profiles of a transaction go with it."""
        self.installed = [
            one for one in self.installed if one.purpose != SESSION or one.connector != connector
        ]

    def allowed(self, connector: int, at: datetime) -> Limit | None:
        """The composite: the least over the purposes; None when nothing limits the connector."""
        limits = [self._top(STATION, 0, at)]
        if connector:
            session = self._top(SESSION, connector, at) if self._began(connector) else None
            limits.append(session or self._top(DEFAULT, connector, at))
        return min((one for one in limits if one is not None), key=Limit.watts, default=None)

    def watts(self, connector: int, at: datetime) -> float | None:
        """What may flow at a connector, its share of the station's own limit included."""
        if not self.installed:
            return None
        limit, whole = self.allowed(connector, at), self._top(STATION, 0, at)
        if limit is None:
            return None
        return limit.watts() if whole is None else min(limit.watts(), whole.watts() / max(1, self._sharing()))

    def next_change(self, connector: int, at: datetime) -> datetime | None:
        """When the limit may be another one after `at`."""
        if not self.installed:
            return None
        return min((one for one in self.changes(connector, at) if one > at), default=None)

    def changes(self, connector: int, at: datetime) -> list[datetime]:
        """Instants at which what is allowed may change, about `at`."""
        began = self._began(connector) or at
        mine: Sequence[Profile] = [one for one in self.installed if one.connector in (0, connector)]
        return sorted({change for one in mine for change in one.changes(at, began)})

    def _top(self, purpose: str, connector: int, at: datetime) -> Limit | None:
        began = self._began(connector) or at
        found = [
            ((one.stack_level, one.connector == connector), limit)
            for one in self.installed
            if one.purpose == purpose and one.connector in (0, connector)
            if (limit := one.limit(at, began)) is not None
        ]
        return max(found, key=lambda one: one[0])[1] if found else None
