"""Sharing a limit: who may draw how much, on each phase, exactly."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum

import attrs

# Currents are whole tenths of an ampere: the finest that OCPP 1.6 carries.
Deciamperes = int
PhaseCurrents = tuple[Deciamperes, Deciamperes, Deciamperes]

# IEC 61851-1, table A.8: below 6 A there is no charging, only a pause.
LEAST_CURRENT: Deciamperes = 60


class Strategy(Enum):
    """How a limit is shared: alike, or the most urgent first."""

    FAIR = "fair"
    PRIORITY = "priority"


@attrs.frozen(kw_only=True)
class Demand:
    """Somebody who wants to charge. `phases` are those of the site (0 to 2) that it draws on, each the same
    current, at least `least` or nothing; of higher `priority` first, where that is the strategy."""

    key: str
    phases: frozenset[int]
    most: Deciamperes
    least: Deciamperes = LEAST_CURRENT
    priority: int = 0
    point: str | None = None


@attrs.frozen
class _Bound:
    """What some demands may draw together: a phase, or the point that they share."""

    members: frozenset[str]
    limit: Deciamperes

    def room(self, given: Mapping[str, Deciamperes]) -> Deciamperes:
        return self.limit - sum(given[key] for key in self.members)


def allocate(
    limits: PhaseCurrents,
    demands: Sequence[Demand],
    strategy: Strategy = Strategy.FAIR,
    *,
    points: Mapping[str, Deciamperes] | None = None,
    turn: int = 0,
) -> dict[str, Deciamperes]:
    """Share `limits` among the demands; `points` are further limits by the name of a point.

    No phase and no point is given more than its limit, and no demand could have a tenth more without
    another having less. Where not everybody can have its least, some get nothing; with each `turn` it is
    others. FAIR gives the poorest first (max-min); PRIORITY gives everybody of higher priority its least
    and then its most before others.
    """
    able = [demand for demand in demands if demand.most >= demand.least]
    bounds = list(_bounds(limits, able, points or {}))
    given = dict.fromkeys((demand.key for demand in demands), 0)
    charging: list[Demand] = []
    for demand in _queue(able, strategy, turn):
        concerned = [bound for bound in bounds if demand.key in bound.members]
        if all(bound.room(given) >= demand.least for bound in concerned):
            given[demand.key] = demand.least
            charging.append(demand)
    for equals in _classes(charging, strategy):
        _fill(equals, given, bounds)
    return given


def _bounds(
    limits: PhaseCurrents, demands: Collection[Demand], points: Mapping[str, Deciamperes]
) -> Iterator[_Bound]:
    for phase, limit in enumerate(limits):
        yield _Bound(frozenset(one.key for one in demands if phase in one.phases), limit)
    for point, limit in points.items():
        yield _Bound(frozenset(one.key for one in demands if one.point == point), limit)


def _queue(demands: Collection[Demand], strategy: Strategy, turn: int) -> list[Demand]:
    """In which order demands get their least; with each turn another of the equals comes first."""
    ordered = sorted(demands, key=lambda one: one.key)
    return [one for equals in _classes(ordered, strategy) for one in _rotated(equals, turn)]


def _rotated(equals: list[Demand], turn: int) -> list[Demand]:
    first = turn % len(equals)
    return equals[first:] + equals[:first]


def _classes(demands: Sequence[Demand], strategy: Strategy) -> list[list[Demand]]:
    """Those who are treated alike, the most urgent first; each class in the order given."""
    if strategy is Strategy.FAIR:
        return [list(demands)] if demands else []
    urgencies = sorted({one.priority for one in demands}, reverse=True)
    return [[one for one in demands if one.priority == urgency] for urgency in urgencies]


def _fill(equals: list[Demand], given: dict[str, Deciamperes], bounds: Sequence[_Bound]) -> None:
    """Raise the lowest until nobody can rise any more."""

    def rising() -> list[Demand]:
        full = {key for bound in bounds if bound.room(given) < 1 for key in bound.members}
        return [one for one in equals if given[one.key] < one.most and one.key not in full]

    while risers := rising():
        level = min(given[one.key] for one in risers)
        lowest = [one for one in risers if given[one.key] == level]
        step = _common_step(lowest, risers, given, bounds)
        for one in lowest:
            # What cannot be divided any more goes to those who come first, a tenth each.
            if step or all(bound.room(given) >= 1 for bound in bounds if one.key in bound.members):
                given[one.key] += step or 1


def _common_step(
    lowest: list[Demand], risers: list[Demand], given: dict[str, Deciamperes], bounds: Sequence[_Bound]
) -> Deciamperes:
    """How much all the lowest can rise together: to the next level, to somebody's most, to a bound."""
    level = given[lowest[0].key]
    stops = [one.most for one in lowest] + [given[one.key] for one in risers if given[one.key] > level]
    steps = [stop - level for stop in stops]
    keys = {one.key for one in lowest}
    for bound in bounds:
        if sharing := len(keys & bound.members):
            steps.append(bound.room(given) // sharing)
    return min(steps)
