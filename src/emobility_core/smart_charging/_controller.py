"""Keeping a site below its limit: which point is told what next.

Every order passes one check: whatever the station makes of it, obeyed at once, late, never or unanswered,
the sum of what all points may draw must not rise above the limit at any later instant; where it is above
already, it must not rise at all. docs/explanation/load-management.md proves what follows from that.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import attrs

from emobility_core.ids import LoadPointId
from emobility_core.instants import Instant
from emobility_core.smart_charging._allocation import (
    LEAST_CURRENT,
    Deciamperes,
    Demand,
    PhaseCurrents,
    Strategy,
    allocate,
)
from emobility_core.smart_charging._outlook import Outlook
from emobility_core.smart_charging._standing import (
    Grant,
    LimitStep,
    LoadOrder,
    OrderKind,
    PointPlan,
    PointStanding,
)

# A raise by less than an ampere is not worth a message until the whole of it can be had.
_WORTH_A_MESSAGE: Deciamperes = 10


@attrs.frozen(kw_only=True)
class Situation:
    """All that is known of a site at an instant.

    `demands` are the running sessions, each with the `point` that it charges at (as text); `reachable` the
    points whose station is online; `grant_for` how long a grant lasts, `tolerance` by how much a station's
    clock may be off; `limits` ascend, the first holds at `at`.
    """

    at: Instant
    plans: tuple[PointPlan, ...]
    limits: tuple[LimitStep, ...]
    demands: tuple[Demand, ...] = ()
    reachable: frozenset[LoadPointId] = frozenset()
    strategy: Strategy = Strategy.FAIR
    turn: int = 0
    grant_for: timedelta = timedelta(minutes=5)
    tolerance: timedelta = timedelta(seconds=30)


def plan_orders(
    standings: Mapping[LoadPointId, PointStanding], situation: Situation
) -> tuple[LoadOrder, ...]:
    """Decide what to tell which points now; at most one order each, none where one is under way."""
    now, tolerance = situation.at, situation.tolerance
    current = {
        plan.point: standings.get(plan.point, PointStanding.unknown(plan)).at(now, tolerance)
        for plan in situation.plans
    }
    outlook = Outlook(situation.plans, current, situation.limits, at=now, tolerance=tolerance)
    orders = []
    for order in _proposed(outlook, situation):
        outlook.place(outlook.standing(order.point).ordered(order))
        orders.append(order)
    return tuple(orders)


def _proposed(outlook: Outlook, situation: Situation) -> Iterator[LoadOrder]:
    """Fail-safes first, then what lowers, then what raises: each sees what those before it take."""
    free = [plan for plan in situation.plans if _can_be_told(outlook.standing(plan.point), situation)]
    for plan in free:
        order = _fail_safe(plan, outlook)
        if order is not None:
            yield order
    targets = target_currents(outlook, situation)
    settled = [plan for plan in free if _stands_safe(plan, outlook.standing(plan.point))]

    def rise(plan: PointPlan) -> Deciamperes:
        return targets[plan.point] - outlook.standing(plan.point).highest(situation.at, situation.tolerance)

    for plan in sorted(settled, key=rise):
        order = _grant(plan, targets[plan.point], outlook, situation)
        if order is not None:
            yield order


def _can_be_told(standing: PointStanding, situation: Situation) -> bool:
    rested = standing.not_before is None or standing.not_before <= situation.at
    return standing.point in situation.reachable and standing.awaited is None and rested


def _stands_safe(plan: PointPlan, standing: PointStanding) -> bool:
    return standing.confirmed and standing.fail_safes == (plan.fail_safe,)


def _fail_safe(plan: PointPlan, outlook: Outlook) -> LoadOrder | None:
    standing = outlook.standing(plan.point)
    if _stands_safe(plan, standing):
        return None
    order = LoadOrder(point=plan.point, kind=OrderKind.FAIL_SAFE, current=plan.fail_safe)
    return order if outlook.admits(standing.ordered(order)) else None


def target_currents(outlook: Outlook, situation: Situation) -> dict[LoadPointId, Deciamperes]:
    """What each point is to draw in the end.

    What cannot be told keeps what it may draw; of the rest sessions come first, and points without one keep
    their fail-safe where nobody needs it.
    """
    fixed = {
        plan.point
        for plan in situation.plans
        if plan.point not in situation.reachable or not _stands_safe(plan, outlook.standing(plan.point))
    }
    limits = list(_holding(situation))
    targets: dict[LoadPointId, Deciamperes] = {}

    def take(plan: PointPlan, current: Deciamperes) -> None:
        targets[plan.point] = targets.get(plan.point, 0) + current
        for phase in plan.phases:
            limits[phase] = max(0, limits[phase] - current)

    free = [plan for plan in situation.plans if plan.point not in fixed]
    for plan in situation.plans:
        if plan.point in fixed:
            take(plan, outlook.standing(plan.point).highest(situation.at, situation.tolerance))
    by_name = {str(plan.point): plan for plan in free}
    shares = allocate(
        _three(limits),
        [demand for demand in situation.demands if demand.point in by_name],
        situation.strategy,
        points={name: plan.most for name, plan in by_name.items()},
        turn=situation.turn,
    )
    busy = {demand.key: by_name[demand.point] for demand in situation.demands if demand.point in by_name}
    for key, plan in busy.items():
        take(plan, shares[key])
    idle = [plan for plan in free if plan.point not in {one.point for one in busy.values()}]
    for plan, current in _kept(idle, limits):
        take(plan, current)
    return targets


def _kept(idle: Sequence[PointPlan], limits: Sequence[Deciamperes]) -> list[tuple[PointPlan, Deciamperes]]:
    """Fail-safes of points without a session, whole or not at all, so that they do not waver."""
    demands = [
        Demand(key=str(plan.point), phases=plan.phases, most=plan.fail_safe, least=max(1, plan.fail_safe))
        for plan in idle
    ]
    shares = allocate(_three(limits), demands)
    return [(plan, shares[str(plan.point)]) for plan in idle]


def _three(limits: Sequence[Deciamperes]) -> PhaseCurrents:
    return (limits[0], limits[1], limits[2])


def _holding(situation: Situation) -> PhaseCurrents:
    return [step for step in situation.limits if step.since <= situation.at][-1].limits


def _grant(plan: PointPlan, target: Deciamperes, outlook: Outlook, situation: Situation) -> LoadOrder | None:
    """The order that brings a point nearer to its target, None where there is none to give now."""
    standing, now, tolerance = outlook.standing(plan.point), situation.at, situation.tolerance
    highest, lowest = standing.highest(now, tolerance), standing.lowest(now, tolerance)
    best = _best(plan, target, outlook, situation)
    if best is None:
        return None
    if target < highest:
        useful = best.current < highest
    elif target > lowest:
        whole = best.current == target
        useful = best.current > lowest and (whole or best.current - lowest >= _WORTH_A_MESSAGE)
    else:
        useful = target != plan.fail_safe and best.current == target
        useful = useful and _lasts_longer(best, standing, situation)
    if not useful:
        return None
    return LoadOrder(point=plan.point, kind=OrderKind.GRANT, current=best.current, until=best.until)


def _lasts_longer(best: Grant, standing: PointStanding, situation: Situation) -> bool:
    """Whether what is in force ends before half of a grant's time and the new one goes well beyond it."""
    end = min((grant.until for grant in standing.grants if grant is not None), default=situation.at)
    soon = end < situation.at + situation.grant_for / 2
    return soon and best.until >= end + situation.grant_for / 10


def _best(plan: PointPlan, target: Deciamperes, outlook: Outlook, situation: Situation) -> Grant | None:
    """The highest current up to the target that can be granted, for as long as that can be."""
    tolerance, best = situation.tolerance, None
    moments = outlook.moments()
    allowed = [outlook.allowed(plan.point, moment) for moment in moments]
    for end in _ends(moments, situation):
        # From here on the station may have fallen back: also within what the last moment before began.
        back = max(bisect_right(moments, end - tolerance) - 1, 0)
        if any(current < plan.fail_safe for current in allowed[back:]):
            continue
        current = min(target, *allowed[: bisect_left(moments, end + tolerance)])
        if current < LEAST_CURRENT:
            current = 0
        if best is None or current > best.current:
            best = Grant(current=current, until=end)
        if current == target:
            break
    return best


def _ends(moments: Sequence[Instant], situation: Situation) -> list[Instant]:
    """When a grant may end, the latest first: as late as grants do, or before something changes."""
    tolerance, latest = situation.tolerance, situation.at + situation.grant_for
    # One that would be over before it arrives is none.
    earliest = situation.at + 2 * tolerance
    ends = {moment - tolerance for moment in moments if earliest <= moment - tolerance < latest}
    # Stations count whole seconds.
    return sorted({Instant(end.replace(microsecond=0)) for end in (*ends, latest)}, reverse=True)
