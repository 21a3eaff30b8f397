"""Steering a site: what came of the last orders is read, the next ones are decided, stored and queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from emobility_core.charging import ActiveSession
from emobility_core.commands import Command, CommandStatus, queue_command
from emobility_core.errors import NotFound
from emobility_core.ids import CommandId, Ids, LoadBudgetId, LoadPointId, SessionId, StationId, UserGroupId
from emobility_core.instants import Clock, Instant, instant
from emobility_core.smart_charging._allocation import LEAST_CURRENT, Demand
from emobility_core.smart_charging._controller import Situation, plan_orders
from emobility_core.smart_charging._load_budget import LoadBudget, LoadPoint, deciamperes, limit_course
from emobility_core.smart_charging._ports import LoadWork
from emobility_core.smart_charging._site_load import SiteLoad, outcome_of, plan_of, profile_order
from emobility_core.smart_charging._standing import LimitStep, LoadOrder, Outcome, PointStanding
from emobility_core.work import Page, Scope, Transactions

_MANY = 10_000
_EPOCH = instant(datetime(1970, 1, 1, tzinfo=UTC))
# A station that did not answer is left in peace for so long, one that refused for longer: it meant it.
_PAUSE = timedelta(seconds=30)
_PAUSE_REFUSED = timedelta(minutes=5)
_UNWILLING = frozenset({CommandStatus.REJECTED, CommandStatus.NOT_SUPPORTED})
# What was not sent by then is not sent at all: the situation is another one.
_SEND_WITHIN = timedelta(seconds=30)
# OCPP 1.6, 7.7: the vehicle is full or waits; its least lets it go on when it wants to.
_SATED = frozenset({"SuspendedEV", "Finishing"})


@attrs.frozen
class _Decision:
    """What is known of a site and what follows from it; `is_new` where it is steered for the first time."""

    budget: LoadBudget
    points: Mapping[LoadPointId, LoadPoint]
    load: SiteLoad
    is_new: bool
    known: Mapping[LoadPointId, PointStanding]
    orders: Sequence[LoadOrder]

    @property
    def changes(self) -> bool:
        return bool(self.is_new or self.orders or tuple(self.known.values()) != self.load.standings)


async def steer_site(
    budget_id: LoadBudgetId,
    *,
    scope: Scope,
    reading: Transactions[LoadWork],
    transactions: Transactions[LoadWork],
    clock: Clock,
    ids: Ids,
    restarted: StationId | None = None,
) -> int:
    """Tell the stations of a budget what they may draw from now on; return how many orders were queued.

    Mostly all is as it should be: that costs no unit that could write. What is ordered is stored in the
    unit that decides and queues it: whatever is sent counts from then on, also if nobody hears of it any
    more. Of two that decide at once one gets `StaleWrite` and has ordered nothing.
    """
    now = Instant(clock.now().replace(microsecond=0))
    async with reading(scope) as work:
        if not (await _decide(work, budget_id, clock, now, restarted)).changes:
            return 0
    async with transactions(scope) as work:
        decision = await _decide(work, budget_id, clock, now, restarted)
        if decision.changes:
            await _carry_out(work, decision, now, ids)
    return len(decision.orders)


async def steered_budgets(*, scope: Scope, reading: Transactions[LoadWork]) -> list[LoadBudgetId]:
    """The budgets of a scope that have an active point, in a fixed order."""
    async with reading(scope) as work:
        steered = {point.budget for point in await work.load_points.page(_all(active=[True]))}
        # A budget may stand above the scope of its points.
        mine = await work.load_budgets.page(_all(id=list(steered))) if steered else []
    return [one.id for one in mine]


async def next_steering(
    *, scope: Scope, reading: Transactions[LoadWork], now: Instant, until: Instant
) -> Instant | None:
    """When, after `now` and up to `until`, a site is to be looked at although nothing happens there: where a
    limit begins or ends, and while vehicles charge or grants last as often as grants are renewed."""
    coming: list[Instant] = []
    for budget in await steered_budgets(scope=scope, reading=reading):
        async with reading(scope) as work:
            coming += await _looks(work, await work.load_budgets.get(budget), now)
    return min((at for at in coming if now < at <= until), default=None)


async def _looks(work: LoadWork, budget: LoadBudget, now: Instant) -> list[Instant]:
    limits = await work.load_limits.unexpired(budget.id, now)
    edges = [at for one in limits for at in (one.begins_at, one.until) if at is not None]
    points = await work.load_points.page(_all(budget=[budget.id], active=[True]))
    sessions = await work.sessions.page(_all(station=[one.station for one in points], state=["active"]))
    known = (await work.site_loads.page(_all(id=[budget.id])))[:1]
    lasting = any(grant is not None for load in known for one in load.standings for grant in one.grants)
    if not sessions and not lasting:
        return edges
    # By the calendar, so that it is the same instants however time passes.
    pace = timedelta(seconds=min(budget.turn_s, budget.grant_s // 2))
    return [*edges, _next_of(pace, now)]


def _next_of(pace: timedelta, now: Instant) -> Instant:
    since: timedelta = now - _EPOCH
    return Instant(_EPOCH + (since // pace + 1) * pace)


async def _decide(
    work: LoadWork, budget_id: LoadBudgetId, clock: Clock, now: Instant, restarted: StationId | None
) -> _Decision:
    budget = await work.load_budgets.get(budget_id)
    found = await work.load_points.page(_all(budget=[budget_id], active=[True]))
    points = {point.id: point for point in found}
    load, is_new = await _load_of(work, budget, clock)
    standings = await _settled(work, load, points, budget, now)
    for point in points.values():
        if point.station == restarted and point.id in standings:
            standings[point.id] = standings[point.id].restarted(plan_of(point, budget))
    situation = await _situation(work, budget, found, now)
    known = {id: standing.at(now, situation.tolerance) for id, standing in standings.items()}
    return _Decision(budget, points, load, is_new, known, plan_orders(known, situation))


async def _carry_out(work: LoadWork, decision: _Decision, now: Instant, ids: Ids) -> None:
    known = dict(decision.known)
    for order in decision.orders:
        point = decision.points[order.point]
        station = await work.stations.get(point.station)
        charging_order = profile_order(order, point, decision.budget, at=now)
        deadline = Instant(now + _SEND_WITHIN)
        command = await queue_command(
            work, charging_order, station=station, at=now, ids=ids, deadline=deadline
        )
        before = known.get(order.point) or PointStanding.unknown(plan_of(point, decision.budget))
        known[order.point] = before.ordered(order, command.id)
    count = decision.load.orders + len(decision.orders)
    changed = attrs.evolve(decision.load, standings=tuple(known.values()), orders=count, updated_at=now)
    if decision.is_new:
        await work.site_loads.add(changed)
    elif changed.standings != decision.load.standings:
        await work.site_loads.replace(changed)


async def _load_of(work: LoadWork, budget: LoadBudget, clock: Clock) -> tuple[SiteLoad, bool]:
    try:
        return await work.site_loads.get(budget.id), False
    except NotFound:
        now = clock.now()
        return SiteLoad(id=budget.id, tenant=budget.tenant, created_at=now, updated_at=now), True


async def _settled(
    work: LoadWork, load: SiteLoad, points: Mapping[LoadPointId, LoadPoint], budget: LoadBudget, now: Instant
) -> dict[LoadPointId, PointStanding]:
    """The standings of the points there are, with what has come of their orders."""
    mine = {
        point: standing.reckoned_by(plan_of(points[point], budget))
        for point, standing in load.by_point().items()
        if point in points
    }
    asked = [standing.command for standing in mine.values() if standing.command is not None]
    commands = await work.commands.page(_all(id=asked)) if asked else []
    orders = {command.id: command for command in commands}
    return {point: _heard(standing, orders, now) for point, standing in mine.items()}


def _heard(standing: PointStanding, orders: Mapping[CommandId, Command], now: Instant) -> PointStanding:
    if standing.command is None:
        return standing
    command = orders.get(standing.command)
    # Of an order that nobody knows any more nobody can say what came of it.
    outcome = Outcome.UNSURE if command is None else outcome_of(command)
    if outcome is None:
        return standing
    unwilling = command is not None and command.status in _UNWILLING
    pause = _PAUSE_REFUSED if unwilling else _PAUSE
    return standing.settled(outcome, retry_at=Instant(now + pause))


async def _situation(
    work: LoadWork, budget: LoadBudget, points: Sequence[LoadPoint], now: Instant
) -> Situation:
    stations = list(dict.fromkeys(point.station for point in points))
    online = {state.station for state in await work.station_states.of(*stations) if state.online}
    limits = tuple(await work.load_limits.unexpired(budget.id, now))
    course = limit_course(budget, limits, points, now)
    return Situation(
        at=now,
        plans=tuple(plan_of(point, budget) for point in points),
        limits=tuple(LimitStep(since=since, limits=currents) for since, currents in course),
        demands=await _demands(work, budget, points, stations),
        reachable=frozenset(point.id for point in points if point.station in online),
        strategy=budget.strategy,
        turn=int(now.timestamp()) // budget.turn_s,
        grant_for=timedelta(seconds=budget.grant_s),
        tolerance=budget.clock_tolerance,
    )


async def _demands(
    work: LoadWork, budget: LoadBudget, points: Sequence[LoadPoint], stations: Sequence[StationId]
) -> tuple[Demand, ...]:
    if not stations:
        return ()
    sessions = [
        session
        for session in await work.sessions.page(_all(station=stations, state=["active"]))
        if isinstance(session, ActiveSession)
    ]
    wanted = _all(session=[session.id for session in sessions])
    own = {one.session: one.priority for one in await work.load_priorities.page(wanted)} if sessions else {}
    sated = await _sated(work, sessions)
    urgencies = await _group_priorities(work, budget, sessions)
    demands = []
    for session in sessions:
        point = _point_of(session, points)
        if point is None:
            continue
        full = (session.station, session.connector) in sated
        demands.append(
            Demand(
                key=session.id.hex,
                phases=point.drawn_phases,
                most=LEAST_CURRENT if full else deciamperes(point.max_current),
                priority=own.get(session.id, urgencies.get(session.id, 0)),
                point=str(point.id),
            )
        )
    return tuple(demands)


async def _sated(work: LoadWork, sessions: Sequence[ActiveSession]) -> set[tuple[StationId, int]]:
    """The connectors whose vehicle draws nothing."""
    connectors = await work.connectors.of(*{session.station for session in sessions})
    return {(one.station, one.number) for one in connectors if one.status in _SATED}


def _point_of(session: ActiveSession, points: Sequence[LoadPoint]) -> LoadPoint | None:
    """The point of its connector, else that of its station as a whole."""
    here = [point for point in points if point.station == session.station]
    fitting = [point for point in here if point.connector in (0, session.connector)]
    return max(fitting, key=lambda point: point.connector, default=None)


async def _group_priorities(
    work: LoadWork, budget: LoadBudget, sessions: Sequence[ActiveSession]
) -> dict[SessionId, int]:
    """The highest of the user groups that each session's customer and contract belong to."""
    by_group = {one.user_group: one.priority for one in budget.group_priorities}
    if not by_group:
        return {}
    who = list({session.customer for session in sessions if session.customer is not None})
    under = list({session.contract for session in sessions if session.contract is not None})
    customers = await work.customers.page(_all(id=who)) if who else []
    contracts = await work.contracts.page(_all(id=under)) if under else []
    groups: dict[object, Sequence[UserGroupId | None]] = {one.id: one.user_groups for one in customers}
    groups |= {one.id: (one.user_group,) for one in contracts}
    return {
        session.id: max(
            (
                by_group[group]
                for party in (session.customer, session.contract)
                for group in groups.get(party, ())
                if group in by_group
            ),
            default=0,
        )
        for session in sessions
    }


def _all(**filters: Sequence[object]) -> Page:
    return Page(limit=_MANY, filters=filters, descendants=True)
