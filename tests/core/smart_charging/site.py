"""A simulated site: stations with clocks of their own, a line that loses, a backend that crashes."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import attrs

from emobility_core.ids import LoadPointId
from emobility_core.instants import Instant
from emobility_core.smart_charging import (
    Demand,
    Grant,
    LimitStep,
    LoadOrder,
    Outcome,
    PointPlan,
    PointStanding,
    Situation,
    Strategy,
    plan_orders,
)
from emobility_core.testing.clock import NOON, SeededIds

ALL = frozenset({0, 1, 2})
GRANT_FOR, TOLERANCE = timedelta(seconds=300), timedelta(seconds=30)
# How long ago a limit may have been known that a draw still goes by: a grant's time and a clock behind.
DEADLINE = GRANT_FOR + TOLERANCE
_ids = SeededIds()


def make_plan(
    fail_safe: int = 60, *, most: int = 320, phases: frozenset[int] = ALL, forgets: bool = False
) -> PointPlan:
    point = LoadPointId(_ids.uuid7(NOON))
    return PointPlan(point=point, phases=phases, most=most, fail_safe=fail_safe, forgets=forgets)


@attrs.define(eq=False)
class SimulatedStation:
    """Obeys what reaches it, in order, by its own clock; draws all that it may."""

    plan: PointPlan
    drift: timedelta = timedelta(0)
    online: bool = True
    fail_safe: int | None = None
    grant: Grant | None = None
    inbox: deque[LoadOrder] = attrs.field(factory=deque)

    def draws(self, at: Instant) -> int:
        if self.grant is not None and at + self.drift < self.grant.until:
            return self.grant.current
        return self.plan.most if self.fail_safe is None else self.fail_safe

    def obey(self) -> LoadOrder:
        order = self.inbox.popleft()
        if order.until is None:
            self.fail_safe = order.current
        else:
            self.grant = Grant(current=order.current, until=order.until)
        return order

    def forget(self) -> None:
        self.fail_safe = self.grant = None


@attrs.define(eq=False)
class SimulatedSite:
    """Stations, their backend, and a record of what limit was known when."""

    stations: list[SimulatedStation]
    limits: tuple[LimitStep, ...]
    now: Instant = NOON
    strategy: Strategy = Strategy.FAIR
    standings: dict[LoadPointId, PointStanding] = attrs.field(factory=dict)
    sessions: dict[str, tuple[LoadPointId, int]] = attrs.field(factory=dict)
    answers: list[tuple[SimulatedStation, LoadOrder]] = attrs.field(factory=list)
    known: list[tuple[Instant, tuple[LimitStep, ...]]] = attrs.field(factory=list)
    orders: list[LoadOrder] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.known.append((self.now, self.limits))
        self.standings = {one.plan.point: PointStanding.unknown(one.plan) for one in self.stations}

    @property
    def plans(self) -> tuple[PointPlan, ...]:
        return tuple(one.plan for one in self.stations)

    def situation(self) -> Situation:
        phases = {one.plan.point: one.plan.phases for one in self.stations}
        demands = tuple(
            Demand(key=key, phases=phases[point], most=320, priority=priority, point=str(point))
            for key, (point, priority) in self.sessions.items()
        )
        return Situation(
            at=self.now,
            plans=self.plans,
            limits=self.limits,
            demands=demands,
            reachable=frozenset(one.plan.point for one in self.stations if one.online),
            strategy=self.strategy,
            turn=int((self.now - NOON) / timedelta(minutes=15)),
            grant_for=GRANT_FOR,
            tolerance=TOLERANCE,
        )

    def step(self) -> tuple[LoadOrder, ...]:
        """The backend decides, stores, and sends: what it stored is all that a crash leaves it."""
        orders = plan_orders(self.standings, self.situation())
        for order in orders:
            before = self.standings[order.point].at(self.now, TOLERANCE)
            self.standings[order.point] = before.ordered(order)
            self.station(order.point).inbox.append(order)
        self.orders.extend(orders)
        return orders

    def station(self, point: LoadPointId) -> SimulatedStation:
        return next(one for one in self.stations if one.plan.point == point)

    def settle(self, point: LoadPointId, outcome: Outcome, *, pause_s: int = 30) -> None:
        retry_at = Instant(self.now + timedelta(seconds=pause_s))
        self.standings[point] = self.standings[point].settled(outcome, retry_at=retry_at)

    def exchange(self) -> None:
        """Everything that is under way arrives and is answered."""
        for station in self.stations:
            while station.inbox and station.online:
                order = station.obey()
                if self.standings[station.plan.point].awaited == order:
                    self.settle(station.plan.point, Outcome.OBEYED)

    def calm_down(self, rounds: int = 6) -> None:
        for _ in range(rounds):
            self.step()
            self.exchange()

    def pass_time(self, seconds: int) -> None:
        self.now = Instant(self.now + timedelta(seconds=seconds))

    def change_limits(self, *steps: LimitStep) -> None:
        self.limits = steps
        self.known.append((self.now, steps))

    def drawn(self, phase: int) -> int:
        return sum(one.draws(self.now) for one in self.stations if phase in one.plan.phases)

    def permitted(self, phase: int) -> int:
        """The highest limit of this instant that was known to hold for it within the deadline."""
        since = [since for since, _ in self.known[1:]] + [Instant(self.now + GRANT_FOR)]
        return max(
            limit_at(steps, self.now, phase)
            for until, (_, steps) in zip(since, self.known, strict=True)
            if until > self.now - DEADLINE
        )


def limit_at(steps: tuple[LimitStep, ...], at: Instant, phase: int) -> int:
    return [step for step in steps if step.since <= at][-1].limits[phase]


def always(amount: int) -> LimitStep:
    return LimitStep(since=NOON, limits=(amount, amount, amount))
