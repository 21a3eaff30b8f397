"""What all points together may draw from now on, at every instant, and what room that leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from emobility_core.ids import LoadPointId
from emobility_core.instants import Instant
from emobility_core.smart_charging._allocation import Deciamperes, PhaseCurrents
from emobility_core.smart_charging._standing import LimitStep, PointPlan, PointStanding


class Outlook:
    """Sums over all points at the instants at which something changes; between them nothing does.

    `limits` ascend in time, the first holds already.
    """

    def __init__(
        self,
        plans: Sequence[PointPlan],
        standings: Mapping[LoadPointId, PointStanding],
        limits: Sequence[LimitStep],
        *,
        at: Instant,
        tolerance: timedelta,
    ) -> None:
        self._plans = {plan.point: plan for plan in plans}
        self._standings = {plan.point: standings[plan.point] for plan in plans}
        self._limits = limits
        self._at = at
        self._tolerance = tolerance
        self._sums: dict[Instant, list[Deciamperes]] = {}
        moments = {at, *(step.since for step in limits)}
        moments.update(*(standing.changes(tolerance) for standing in self._standings.values()))
        for moment in moments:
            self._look_at(moment)

    def standing(self, point: LoadPointId) -> PointStanding:
        return self._standings[point]

    def moments(self) -> list[Instant]:
        return sorted(self._sums)

    def allowed(self, point: LoadPointId, at: Instant) -> Deciamperes:
        """What the point may be told to draw at one of the moments: what the limit leaves beside all others,
        and in any case what it may draw already."""
        plan = self._plans[point]
        own = self._standings[point].highest(at, self._tolerance)
        limits, sums = self._limit(at), self._sums[at]
        room = min((limits[phase] - sums[phase] + own for phase in plan.phases), default=0)
        return max(room, own)

    def admits(self, standing: PointStanding) -> bool:
        """Whether the point may come to stand like this without the sum rising above a limit."""
        for moment in (*standing.changes(self._tolerance), *self._sums):
            if moment >= self._at:
                self._look_at(moment)
        return all(
            standing.highest(moment, self._tolerance) <= self.allowed(standing.point, moment)
            for moment in self._sums
        )

    def place(self, standing: PointStanding) -> None:
        """Count the point as it stands now."""
        before, plan = self._standings[standing.point], self._plans[standing.point]
        for moment in standing.changes(self._tolerance):
            self._look_at(moment)
        for moment, sums in self._sums.items():
            more = standing.highest(moment, self._tolerance) - before.highest(moment, self._tolerance)
            for phase in plan.phases:
                sums[phase] += more
        self._standings[standing.point] = standing

    def _look_at(self, moment: Instant) -> None:
        if moment < self._at or moment in self._sums:
            return
        sums = [0, 0, 0]
        for point, plan in self._plans.items():
            current = self._standings[point].highest(moment, self._tolerance)
            for phase in plan.phases:
                sums[phase] += current
        self._sums[moment] = sums

    def _limit(self, at: Instant) -> PhaseCurrents:
        holding = [step for step in self._limits if step.since <= at]
        return (holding or self._limits)[-1 if holding else 0].limits
