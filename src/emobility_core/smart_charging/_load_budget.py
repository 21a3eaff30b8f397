"""What a site may draw, who is to share it, and limits set for a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import Enum
from itertools import chain
from uuid import UUID

import attrs

from emobility_core.commands import RateUnit
from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import (
    LoadBudgetId,
    LoadLimitId,
    LoadPointId,
    LoadPriorityId,
    SessionId,
    SiteId,
    StationId,
    UserGroupId,
)
from emobility_core.instants import EmptyPeriod, Instant
from emobility_core.smart_charging._allocation import LEAST_CURRENT, Deciamperes, PhaseCurrents, Strategy
from emobility_core.work import Record


@attrs.frozen
class UnknownLoadBudget(NotFound):
    """There is no such load budget within the caller's scope.

    Remedy: list the load budgets and use one of their ids.
    """

    code = "unknown-load-budget"
    load_budget: UUID


@attrs.frozen
class UnknownLoadPoint(NotFound):
    """There is no such load point within the caller's scope.

    Remedy: list the load points and use one of their ids.
    """

    code = "unknown-load-point"
    load_point: UUID


@attrs.frozen
class UnknownLoadLimit(NotFound):
    """There is no such load limit within the caller's scope.

    Remedy: list the load limits and use one of their ids.
    """

    code = "unknown-load-limit"
    load_limit: UUID


@attrs.frozen
class UnknownLoadPriority(NotFound):
    """There is no such priority of a session within the caller's scope.

    Remedy: list the load priorities and use one of their ids.
    """

    code = "unknown-load-priority"
    load_priority: UUID


@attrs.frozen
class UnknownSiteLoad(NotFound):
    """Nothing has been decided for this load budget yet.

    Remedy: add load points to it; their stations are then told within seconds.
    """

    code = "unknown-site-load"
    load_budget: UUID


@attrs.frozen
class ImpossibleLoad(Invalid):
    """A field of a load budget, point or limit has a value with which no site can be steered.

    Remedy: mend the named field; the explanation of load management says what each is for.
    """

    code = "impossible-load"
    field: str
    detail: str


@attrs.frozen
class FailSafesExceedLimit(Conflict):
    """The fail-safe currents of a budget's points together exceed its limit on a phase.

    Remedy: choose lower fail-safe currents: the sum must stay below the limit when the backend is gone.
    """

    code = "fail-safes-exceed-limit"
    load_budget: UUID
    phase: str


@attrs.frozen
class LimitAlreadyOver(Invalid):
    """A new load limit ends before it is given, so that it would never hold.

    Remedy: give an `until` that is still to come, or none; mind the time zone.
    """

    code = "limit-already-over"
    until: Instant


# More than any station has, and few enough that the profiles of each have numbers of their own.
_LAST_CONNECTOR = 1_000_000


class Wiring(Enum):
    """Which of the site's phases a point is connected to, in the order of the point's own terminals."""

    L1L2L3 = "L1L2L3"
    L2L3L1 = "L2L3L1"
    L3L1L2 = "L3L1L2"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"

    def phases(self, count: int | None = None) -> frozenset[int]:
        """The site's phases, 0 to 2, that the first `count` terminals are connected to."""
        order = [int(number) - 1 for number in self.value.replace("L", "")]
        return frozenset(order[:count])


class LimitSource(Enum):
    """Who wants a limit."""

    OPERATOR = "operator"
    GRID_OPERATOR = "grid_operator"


@attrs.frozen(kw_only=True)
class GroupPriority:
    """How urgent the sessions of a user group are; the higher the sooner."""

    user_group: UserGroupId
    priority: int


def _limits(_: object, __: object, limits: tuple[Decimal, ...]) -> None:
    if len(limits) not in (1, 3) or any(not (one.is_finite() and one >= 0) for one in limits):
        raise ImpossibleLoad("limits", "must be one limit for each phase alike, or three, from 0 on")


def deciamperes(amperes: Decimal) -> Deciamperes:
    """Whole tenths of an ampere, rounded down."""
    return int((amperes * 10).to_integral_value(ROUND_FLOOR))


def phase_currents(unit: RateUnit, limits: tuple[Decimal, ...], voltage: int) -> PhaseCurrents:
    """The current on each phase, rounded down. One limit in watts is that of three phases together, three
    are those of one phase each."""
    if unit is RateUnit.W:
        volts = voltage if len(limits) == 3 else 3 * voltage
        limits = tuple(watts / volts for watts in limits)
    one, two, three = (deciamperes(limit) for limit in (limits if len(limits) == 3 else limits * 3))
    return one, two, three


@attrs.frozen(kw_only=True)
class LoadBudget(Record):
    """The limit of a site, for each phase, and how it is shared.

    `limits` are amperes for each phase, or watts. `voltage` converts them. A grant lasts `grant_s` seconds;
    clocks of stations are off by `clock_tolerance_s` at most; where not all can charge, it is others every
    `turn_s`. `simultaneity` replaces the factor of the table in `minimum_power_w`.
    """

    id: LoadBudgetId
    site: SiteId
    unit: RateUnit = RateUnit.A
    limits: tuple[Decimal, ...] = attrs.field(validator=_limits)
    strategy: Strategy = Strategy.FAIR
    voltage: int = 230
    grant_s: int = 300
    clock_tolerance_s: int = 30
    turn_s: int = 900
    group_priorities: tuple[GroupPriority, ...] = ()
    simultaneity: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        if not 100 <= self.voltage <= 1000:
            raise ImpossibleLoad("voltage", "must be volts between phase and neutral, from 100 to 1000")
        if not 120 <= self.grant_s <= 3600:
            raise ImpossibleLoad("grant_s", "must be from 120 to 3600 seconds")
        if not 0 <= 8 * self.clock_tolerance_s <= self.grant_s:
            raise ImpossibleLoad("clock_tolerance_s", "must be at most an eighth of grant_s")
        if not 60 <= self.turn_s <= 86_400:
            raise ImpossibleLoad("turn_s", "must be from 60 to 86400 seconds")
        if self.simultaneity is not None and not 0 < self.simultaneity <= 1:
            raise ImpossibleLoad("simultaneity", "must be above 0 and at most 1")

    @property
    def currents(self) -> PhaseCurrents:
        return phase_currents(self.unit, self.limits, self.voltage)

    @property
    def clock_tolerance(self) -> timedelta:
        return timedelta(seconds=self.clock_tolerance_s)


@attrs.frozen(kw_only=True)
class LoadPoint(Record):
    """A station, or with `connector` above 0 one connector of it, that shares a budget.

    It draws on the first `phases` of its `wiring`, all of them where that is None, at the most `max_current`
    amperes each, and falls back to `fail_safe` amperes. `unit` is what its station takes limits in; watts
    only where it draws alike on its phases. One that `forgets_profiles` has none after a restart. One that
    is not `active` is not connected to the site's supply.
    """

    id: LoadPointId
    budget: LoadBudgetId
    station: StationId
    connector: int = 0
    wiring: Wiring = Wiring.L1L2L3
    phases: int | None = None
    max_current: Decimal
    fail_safe: Decimal
    unit: RateUnit = RateUnit.A
    forgets_profiles: bool = False
    active: bool = True

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.connector <= _LAST_CONNECTOR:
            raise ImpossibleLoad("connector", "must be 0 for the whole station, or the number of a connector")
        if self.phases is not None and not 1 <= self.phases <= len(self.wiring.phases()):
            raise ImpossibleLoad("phases", "must be from 1 to the number of phases of the wiring")
        if not LEAST_CURRENT <= deciamperes(self.max_current) <= 20_000:
            raise ImpossibleLoad("max_current", "must be from 6 to 2000 amperes")
        if self.fail_safe != 0 and not deciamperes(self.fail_safe) >= LEAST_CURRENT:
            # IEC 61851-1: a vehicle draws nothing below 6 A, so that less would be lost for all.
            raise ImpossibleLoad("fail_safe", "must be 0, or from 6 amperes on")
        if self.fail_safe > self.max_current:
            raise ImpossibleLoad("fail_safe", "must be at most max_current")

    @property
    def drawn_phases(self) -> frozenset[int]:
        return self.wiring.phases(self.phases)


@attrs.frozen(kw_only=True)
class LoadLimit(Record):
    """A limit that holds for a time beside the budget's own; the lowest counts.

    Without `since` it holds from its creation, without `until` until it is changed. The grid operator may
    give no `limits`: then it is dimmed as far as `minimum_power_w` allows, and never further.
    """

    id: LoadLimitId
    budget: LoadBudgetId
    source: LimitSource = LimitSource.OPERATOR
    unit: RateUnit = RateUnit.A
    limits: tuple[Decimal, ...]
    since: Instant | None = None
    until: Instant | None = None
    reason: str = ""

    def __attrs_post_init__(self) -> None:
        if self.limits or self.source is LimitSource.OPERATOR:
            _limits(None, None, self.limits)
        if self.until is not None and self.until <= self.begins_at:
            raise EmptyPeriod(self.begins_at, self.until)

    @property
    def begins_at(self) -> Instant:
        # Sites are steered in whole seconds, and what is ordered now must hold at once.
        return Instant((self.since or self.created_at).replace(microsecond=0))

    def holds(self, at: Instant) -> bool:
        return self.begins_at <= at and (self.until is None or at < self.until)

    def require_to_come(self, at: Instant) -> None:
        """Raise `LimitAlreadyOver` if none of it is left."""
        if self.until is not None and self.until <= at:
            raise LimitAlreadyOver(self.until)

    def currents(self, budget: LoadBudget, points: Sequence[LoadPoint]) -> PhaseCurrents:
        """The current on each phase; that of the grid operator is never below the minimum of the law for
        these active points."""
        if self.source is LimitSource.OPERATOR:
            return phase_currents(self.unit, self.limits, budget.voltage)
        floor = minimum_currents(budget, points)
        if not self.limits:
            return floor
        wanted = phase_currents(self.unit, self.limits, budget.voltage)
        one, two, three = (max(pair) for pair in zip(wanted, floor, strict=True))
        return one, two, three


# BNetzA BK6-22-300, annex 1, 4.5.1: what each controllable device keeps at least; 4.5.2: with how many of
# them at once is reckoned, for 2 to 8 of them; from 9 on the last.
_LEAST_W = Decimal(4200)
_SIMULTANEITY = tuple(map(Decimal, ("0.80", "0.75", "0.70", "0.65", "0.60", "0.55", "0.50", "0.45")))


def minimum_power_w(devices: int, *, simultaneity: Decimal | None = None) -> Decimal:
    """What a grid operator who dims under Section 14a EnWG must leave to that many charging points that an
    energy management steers together: 4.2 kW + (n - 1) * simultaneity * 4.2 kW.

    Heat pumps and air conditioning above 11 kW, which raise the first summand, are none of ours.
    """
    if devices < 1:
        return Decimal(0)
    factor = simultaneity or _SIMULTANEITY[min(max(devices, 2) - 2, len(_SIMULTANEITY) - 1)]
    return _LEAST_W + (devices - 1) * factor * _LEAST_W


def minimum_currents(budget: LoadBudget, points: Sequence[LoadPoint]) -> PhaseCurrents:
    """`minimum_power_w` on each phase, rounded down: every point has the same share of it, on the phases
    that it draws on. What one phase cannot draw would not be left to it."""
    least = minimum_power_w(len(points), simultaneity=budget.simultaneity)

    def on(phase: int) -> Deciamperes:
        # Sixths of a share are whole on one, two and three phases, so that nothing is rounded but the end.
        sixths = sum(6 // len(one.drawn_phases) for one in points if phase in one.drawn_phases)
        return deciamperes(least * sixths / (6 * len(points) * budget.voltage)) if sixths else 0

    return on(0), on(1), on(2)


@attrs.frozen(kw_only=True)
class LoadPriority(Record):
    """How urgent one session is, whatever group its driver belongs to."""

    id: LoadPriorityId
    session: SessionId
    priority: int


def check_fail_safes(budget: LoadBudget, points: tuple[LoadPoint, ...]) -> None:
    """Raise `FailSafesExceedLimit` where the points could not all fall back at once."""
    for phase, limit in enumerate(budget.currents):
        sharing = [point for point in points if point.active and phase in point.drawn_phases]
        if sum(deciamperes(point.fail_safe) for point in sharing) > limit:
            raise FailSafesExceedLimit(budget.id, f"L{phase + 1}")


def limit_course(
    budget: LoadBudget, limits: tuple[LoadLimit, ...], points: Sequence[LoadPoint], at: Instant
) -> tuple[tuple[Instant, PhaseCurrents], ...]:
    """From when which limit holds, ascending, beginning at `at`."""
    ends = ((limit.begins_at, limit.until) for limit in limits)
    later = {moment for moment in chain.from_iterable(ends) if moment is not None and moment > at}
    return tuple((moment, _lowest(budget, limits, points, moment)) for moment in (at, *sorted(later)))


def _lowest(
    budget: LoadBudget, limits: tuple[LoadLimit, ...], points: Sequence[LoadPoint], at: Instant
) -> PhaseCurrents:
    holding = [budget.currents, *(one.currents(budget, points) for one in limits if one.holds(at))]
    one, two, three = (min(phase) for phase in zip(*holding, strict=True))
    return one, two, three
