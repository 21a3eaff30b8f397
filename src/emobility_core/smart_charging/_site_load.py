"""What was ordered at a site and what came of it: stored before it is sent, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import attrs

from emobility_core.commands import (
    ChargingProfile,
    ChargingSchedule,
    Command,
    CommandStatus,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
    SetChargingProfile,
)
from emobility_core.ids import LoadBudgetId, LoadPointId, StationId
from emobility_core.instants import Instant
from emobility_core.smart_charging._allocation import Deciamperes
from emobility_core.smart_charging._composite import PlacedProfile
from emobility_core.smart_charging._load_budget import LoadBudget, LoadPoint, deciamperes
from emobility_core.smart_charging._standing import (
    Grant,
    LoadOrder,
    OrderKind,
    Outcome,
    PointPlan,
    PointStanding,
)
from emobility_core.work import Record

# Numbers of the profiles by which load is steered; those of others stay below.
FIRST_NUMBER = 1_000_000_000
_OBEYED = frozenset({CommandStatus.ACCEPTED, CommandStatus.EFFECTIVE})


@attrs.frozen(kw_only=True)
class SiteLoad(Record):
    """The standing of each point of a budget, under the budget's id; `orders` counts what was ordered."""

    id: LoadBudgetId
    orders: int = 0
    standings: tuple[PointStanding, ...] = ()

    def by_point(self) -> dict[LoadPointId, PointStanding]:
        return {standing.point: standing for standing in self.standings}


def plan_of(point: LoadPoint, budget: LoadBudget) -> PointPlan:
    """A point as the controller sees it."""
    told_in = f"{point.unit.value} {len(point.drawn_phases)}"
    return PointPlan(
        point=point.id,
        phases=point.drawn_phases,
        most=deciamperes(point.max_current),
        fail_safe=deciamperes(point.fail_safe),
        forgets=point.forgets_profiles,
        told_in=f"{told_in} {budget.voltage}" if point.unit is RateUnit.W else told_in,
    )


def outcome_of(command: Command) -> Outcome | None:
    """What a command says of its order; None while it is under way."""
    if command.status in _OBEYED:
        return Outcome.OBEYED
    if not command.status.is_final:
        return None
    return Outcome.REFUSED if command.is_refused else Outcome.UNSURE


def profile_order(
    order: LoadOrder, point: LoadPoint, budget: LoadBudget, *, at: Instant
) -> SetChargingProfile:
    """The charging profile that carries an order."""
    if order.until is None:
        profile = _profile(point, budget, OrderKind.FAIL_SAFE, order.current)
        return SetChargingProfile(connector=point.connector, profile=profile)
    grant = Grant(current=order.current, until=order.until)
    return SetChargingProfile(connector=point.connector, profile=_granting(point, budget, grant, at))


def _granting(point: LoadPoint, budget: LoadBudget, grant: Grant, at: Instant) -> ChargingProfile:
    # A station whose clock is behind must not wait until its clock comes to the schedule's start.
    starts_at = Instant(at - budget.clock_tolerance)
    return _profile(point, budget, OrderKind.GRANT, grant.current, starts_at=starts_at, until=grant.until)


def _profile(
    point: LoadPoint, budget: LoadBudget, kind: OrderKind, current: Deciamperes, *,
    starts_at: Instant | None = None, until: Instant | None = None,
) -> ChargingProfile:  # fmt: skip
    grants = kind is OrderKind.GRANT
    ends_after = None if starts_at is None or until is None else int((until - starts_at).total_seconds())
    schedule = ChargingSchedule(
        unit=point.unit,
        periods=(_period(point, budget, current),),
        starts_at=starts_at,
        duration_s=ends_after,
    )
    return ChargingProfile(
        id=FIRST_NUMBER + 2 * point.connector + grants,
        purpose=ProfilePurpose.DEFAULT if point.connector else ProfilePurpose.STATION_MAX,
        stack_level=int(grants),
        schedule=schedule,
        # Stations that look at validity alone must come to the fail-safe as well (OCPP 1.6, 3.13.2).
        valid_until=until,
    )


def _period(point: LoadPoint, budget: LoadBudget, current: Deciamperes) -> SchedulePeriod:
    count = len(point.drawn_phases)
    tenths = current * budget.voltage * count if point.unit is RateUnit.W else current
    # OCPP 1.6, 7.14: three phases are meant where the number is left out.
    return SchedulePeriod(start_s=0, limit=Decimal(tenths) / 10, phases=None if count == 3 else count)


def steering_profiles(
    load: SiteLoad, points: Sequence[LoadPoint], budget: LoadBudget, station: StationId
) -> list[PlacedProfile]:
    """The profiles by which a station is steered, as far as it has accepted them."""
    standings: Mapping[LoadPointId, PointStanding] = load.by_point()
    placed = []
    for point in points:
        standing = standings.get(point.id)
        if point.station != station or standing is None or not standing.confirmed:
            continue
        fail_safe = _profile(point, budget, OrderKind.FAIL_SAFE, standing.fail_safes[0])
        placed.append(PlacedProfile(connector=point.connector, profile=fail_safe))
        grant = standing.grants[0]
        if grant is not None:
            since = Instant(grant.until - timedelta(seconds=budget.grant_s))
            profile = _granting(point, budget, grant, since)
            placed.append(PlacedProfile(connector=point.connector, profile=profile))
    return placed
