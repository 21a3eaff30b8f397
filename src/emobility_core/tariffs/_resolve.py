"""Which tariff applies: of many assignments the one that fits best, found by what it is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from operator import attrgetter

import attrs

from emobility_core.ids import TariffAssignmentId, TenantId
from emobility_core.instants import Instant
from emobility_core.tariffs._assignment import Key, Rank, Situation, TariffAssignment

_by_id = attrgetter("id")


@attrs.frozen
class Assigned:
    """The assignments of one tenant by whom and where they are for: however many there are, as many are
    looked at as a situation has persons times places."""

    by_key: Mapping[Key, tuple[TariffAssignment, ...]]

    @classmethod
    def of(cls, assignments: Iterable[TariffAssignment]) -> Assigned:
        by_key: dict[Key, list[TariffAssignment]] = {}
        for one in sorted(assignments, key=_by_id):
            by_key.setdefault(one.key, []).append(one)
        return cls({key: tuple(of) for key, of in by_key.items()})

    @classmethod
    def by_tenant(cls, assignments: Iterable[TariffAssignment]) -> dict[TenantId, Assigned]:
        """Those of several tenants, each tenant's for itself."""
        found: dict[TenantId, list[TariffAssignment]] = {}
        for one in assignments:
            found.setdefault(one.tenant, []).append(one)
        return {tenant: cls.of(of) for tenant, of in found.items()}

    def fitting(self, situation: Situation) -> Iterator[TariffAssignment]:
        """Those for this person at this place, whenever they count; the preferred first, among equals the
        older."""
        for keys in situation.ranks():
            found = [one for key in keys for one in self.by_key.get(key, ())]
            yield from sorted(found, key=_by_id) if len(keys) > 1 else found


def choose(assigned: Mapping[TenantId, Assigned], situation: Situation) -> TariffAssignment | None:
    """Return the assignment that applies.

    The nearest tenant's count first; within a tenant what was agreed with a person beats what a place costs
    (token, contract, customer, user group, paying directly, everybody), then the more precise place (station,
    station group, site, everywhere), then one for the power class. Among equals the older one applies.
    """
    return next((one for one in _fitting(assigned, situation) if situation.at in one.validity), None)


def _fitting(assigned: Mapping[TenantId, Assigned], situation: Situation) -> Iterator[TariffAssignment]:
    for tenant in situation.tenants:
        if tenant in assigned:
            yield from assigned[tenant].fitting(situation)


class Outcome(Enum):
    """What became of an assignment that is for the person and the place.

    `applies`; `not_yet`, `no_longer`: by its validity; `farther`: a nearer tenant has one; `person`, `place`,
    `power_class`: the one that applies is more precise in that; `younger`: it is as precise, and older.
    """

    APPLIES = "applies"
    NOT_YET = "not_yet"
    NO_LONGER = "no_longer"
    FARTHER = "farther"
    PERSON = "person"
    PLACE = "place"
    POWER_CLASS = "power_class"
    YOUNGER = "younger"


@attrs.frozen
class Considered:
    """An assignment that fits, and why it applies or does not."""

    assignment: TariffAssignment
    outcome: Outcome


_BY_RANK = (Outcome.PERSON, Outcome.PLACE, Outcome.POWER_CLASS)


def explain(assigned: Mapping[TenantId, Assigned], situation: Situation) -> list[Considered]:
    """Every assignment for this person at this place, in the order of precedence, and what became of it."""
    chosen = choose(assigned, situation)
    return [Considered(one, _outcome(one, chosen, situation.at)) for one in _fitting(assigned, situation)]


def _outcome(one: TariffAssignment, chosen: TariffAssignment | None, at: Instant) -> Outcome:
    if one is chosen:
        return Outcome.APPLIES
    if at not in one.validity:
        began = one.validity.since is None or at >= one.validity.since
        return Outcome.NO_LONGER if began else Outcome.NOT_YET
    assert chosen is not None, "one that counts lost to none"
    if one.tenant != chosen.tenant:
        return Outcome.FARTHER
    return next(
        (why for why, mine, its in zip(_BY_RANK, one.rank, chosen.rank, strict=True) if mine != its),
        Outcome.YOUNGER,
    )


def in_precedence(
    assignments: Iterable[TariffAssignment], tenants: Sequence[TenantId]
) -> list[TariffAssignment]:
    """The assignments of these tenants, the nearest of which is the first, in the order in which `choose`
    takes the first one that fits."""
    counting = (one for one in assignments if one.tenant in tenants)

    def place(one: TariffAssignment) -> tuple[int, Rank, TariffAssignmentId]:
        return tenants.index(one.tenant), one.rank, one.id

    return sorted(counting, key=place)


@attrs.frozen
class Overlap:
    """Two assignments of a tenant for the same at the same time: the younger one never counts meanwhile."""

    older: TariffAssignment
    younger: TariffAssignment


def overlaps(assigned: Assigned) -> Iterator[Overlap]:
    """The assignments of a tenant that are there while another one for the same is: each once, with the one
    before it that lasts longest."""
    for same in assigned.by_key.values():
        begun = sorted(same, key=lambda one: (one.validity.since is not None, one.validity.since, one.id))
        lasting = begun[0]
        for one in begun[1:]:
            until, since = lasting.validity.until, one.validity.since
            if until is None or since is None or since < until:
                older, younger = sorted((lasting, one), key=_by_id)
                yield Overlap(older, younger)
            if until is not None and (one.validity.until is None or one.validity.until > until):
                lasting = one
