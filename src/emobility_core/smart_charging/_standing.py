"""What a station may be following: known where it answered, open where it did not."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

import attrs

from emobility_core.ids import CommandId, LoadPointId
from emobility_core.instants import Instant
from emobility_core.smart_charging._allocation import Deciamperes, PhaseCurrents


@attrs.frozen(kw_only=True)
class Grant:
    """A current that a station may draw until an instant of its own clock; then its fail-safe counts."""

    current: Deciamperes
    until: Instant


class OrderKind(Enum):
    """What a point is told: what to fall back to, or what it may draw for a while."""

    FAIL_SAFE = "fail_safe"
    GRANT = "grant"


@attrs.frozen(kw_only=True)
class LoadOrder:
    """A current for a point; a grant has an end, a fail-safe none."""

    point: LoadPointId
    kind: OrderKind
    current: Deciamperes
    until: Instant | None = None


class Outcome(Enum):
    """What came of an order. UNSURE: the station did not answer, and may have obeyed or not."""

    OBEYED = "obeyed"
    REFUSED = "refused"
    UNSURE = "unsure"


@attrs.frozen(kw_only=True)
class PointPlan:
    """A point as it is wired: the site's phases it draws on (0 to 2), what it can draw at the most, and what
    it falls back to. One that `forgets` has no profiles after a restart. `told_in` is how its currents are
    worded: the same words under other ones mean another current."""

    point: LoadPointId
    phases: frozenset[int]
    most: Deciamperes
    fail_safe: Deciamperes
    forgets: bool = False
    told_in: str = ""


@attrs.frozen(kw_only=True)
class PointStanding:
    """What the station behind a point may be following.

    It obeys one of `grants` (None: none), which one is not known if there are several; when that one ends
    it falls back to one of `fail_safes`. `awaited` is the order under way, `repeated` says that an earlier
    one may have brought about the same, `crossed` that the station has restarted since; `confirmed` whether
    the fail-safe was accepted since the last restart. `told_in` and `most` are those of the plan by which
    all this is reckoned.
    """

    point: LoadPointId
    fail_safes: tuple[Deciamperes, ...]
    grants: tuple[Grant | None, ...] = (None,)
    confirmed: bool = False
    awaited: LoadOrder | None = None
    command: CommandId | None = None
    repeated: bool = False
    crossed: bool = False
    not_before: Instant | None = None
    told_in: str | None = None
    most: Deciamperes | None = None

    @classmethod
    def unknown(cls, plan: PointPlan) -> PointStanding:
        """A station that nothing is known of may draw what it can."""
        return cls(point=plan.point, fail_safes=(plan.most,), told_in=plan.told_in, most=plan.most)

    def highest(self, at: Instant, tolerance: timedelta) -> Deciamperes:
        """The most that the station may draw at an instant, its clock being off by `tolerance` at most."""
        fallback = max(self.fail_safes)
        highest = 0
        for grant in self.grants:
            if grant is not None and at < grant.until + tolerance:
                highest = max(highest, grant.current)
            if grant is None or at >= grant.until - tolerance:
                highest = max(highest, fallback)
        return highest

    def lowest(self, at: Instant, tolerance: timedelta) -> Deciamperes:
        """What the station may draw at an instant for certain."""
        fallback = min(self.fail_safes)
        currents = []
        for grant in self.grants:
            if grant is not None and at < grant.until + tolerance:
                currents.append(grant.current)
            if grant is None or at >= grant.until - tolerance:
                currents.append(fallback)
        return min(currents)

    def changes(self, tolerance: timedelta) -> list[Instant]:
        """When `highest` may change."""
        ends = [grant.until for grant in self.grants if grant is not None]
        return [Instant(end + shift) for end in ends for shift in (-tolerance, tolerance)]

    def at(self, now: Instant, tolerance: timedelta) -> PointStanding:
        """The same without what has ended for every clock."""
        alive = [None if grant is None or now >= grant.until + tolerance else grant for grant in self.grants]
        return attrs.evolve(self, grants=tuple(dict.fromkeys(alive)))

    def ordered(self, order: LoadOrder, command: CommandId | None = None) -> PointStanding:
        """From now on the order may count as well as what counted before."""
        sent = attrs.evolve(self, awaited=order, command=command)
        if order.until is None:
            repeated = order.current in self.fail_safes
            fail_safes = tuple(dict.fromkeys((*self.fail_safes, order.current)))
            return attrs.evolve(sent, fail_safes=fail_safes, repeated=repeated)
        grant = Grant(current=order.current, until=order.until)
        repeated = grant in self.grants
        return attrs.evolve(sent, grants=tuple(dict.fromkeys((*self.grants, grant))), repeated=repeated)

    def settled(self, outcome: Outcome, *, retry_at: Instant) -> PointStanding:
        """What is known once the order under way came to its end.

        A station acts in the order in which it is told: once it has accepted an order, none before counts.
        One that has restarted meanwhile may have accepted it before, and forgotten it since.
        """
        order = self.awaited
        over = attrs.evolve(
            self, awaited=None, command=None, repeated=False, crossed=False, not_before=retry_at
        )
        if order is None or outcome is Outcome.UNSURE:
            return over
        if outcome is Outcome.OBEYED and self.crossed:
            return attrs.evolve(over, not_before=None)
        if outcome is Outcome.REFUSED:
            # What is refused the second time may have been done the first time, unheard.
            return over if self.repeated else over._without(order)
        told = attrs.evolve(over, not_before=None)
        if order.until is None:
            return attrs.evolve(told, fail_safes=(order.current,), confirmed=True)
        return attrs.evolve(told, grants=(Grant(current=order.current, until=order.until),))

    def _without(self, order: LoadOrder) -> PointStanding:
        if order.until is None:
            kept = tuple(current for current in self.fail_safes if current != order.current)
            return attrs.evolve(self, fail_safes=kept)
        grant = Grant(current=order.current, until=order.until)
        return attrs.evolve(self, grants=tuple(one for one in self.grants if one != grant) or (None,))

    def restarted(self, plan: PointPlan) -> PointStanding:
        """The station has booted: grants may be gone, and the fail-safe is sent again."""
        bare = tuple(dict.fromkeys((*self.grants, None)))
        known = (*self.fail_safes, plan.most) if plan.forgets else self.fail_safes
        return attrs.evolve(
            self,
            grants=bare,
            fail_safes=tuple(dict.fromkeys(known)),
            confirmed=False,
            crossed=self.awaited is not None,
            not_before=None,
        )

    def reckoned_by(self, plan: PointPlan) -> PointStanding:
        """By a plan that may be another one since. Where currents are worded differently from now on, the
        station may draw what it can until it has been told anew, and grants until they end. Where it may
        draw what it can already, that may be more by now."""
        if self.told_in in (None, plan.told_in):
            known = (*self.fail_safes, plan.most) if self.most in self.fail_safes else self.fail_safes
            fail_safes = tuple(dict.fromkeys(known))
            return attrs.evolve(self, fail_safes=fail_safes, told_in=plan.told_in, most=plan.most)
        grown = [None if one is None else attrs.evolve(one, current=plan.most) for one in self.grants]
        return attrs.evolve(
            self,
            fail_safes=tuple(dict.fromkeys((*self.fail_safes, plan.most))),
            grants=tuple(dict.fromkeys((*self.grants, *grown))),
            confirmed=False,
            crossed=self.awaited is not None,
            not_before=None,
            told_in=plan.told_in,
            most=plan.most,
        )


@attrs.frozen(kw_only=True)
class LimitStep:
    """The site's limit on each phase from an instant on."""

    since: Instant
    limits: PhaseCurrents
