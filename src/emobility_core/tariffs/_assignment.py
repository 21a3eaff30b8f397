"""Which tariff applies: assignments to station groups and user groups, the most specific first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import (
    StationGroupId,
    TariffAssignmentId,
    TariffId,
    TenantId,
    UserGroupId,
)
from emobility_core.work import Record


@attrs.frozen
class UnknownTariffAssignment(NotFound):
    """There is no such tariff assignment within the caller's scope.

    Remedy: list the tariff assignments and use one of their ids.
    """

    code = "unknown-tariff-assignment"
    tariff_assignment: UUID


@attrs.frozen(kw_only=True)
class TariffAssignment(Record):
    """A tariff for a station group, a user group, both, or (neither) for all of the tenant."""

    id: TariffAssignmentId
    tariff: TariffId
    station_group: StationGroupId | None = None
    user_group: UserGroupId | None = None


@attrs.frozen(kw_only=True)
class Situation:
    """Where and by whom is charged. `tenants` holds the station's tenant first, then those above it."""

    tenants: Sequence[TenantId]
    station_groups: Sequence[StationGroupId] = ()
    user_groups: Sequence[UserGroupId] = ()


def choose(assignments: Iterable[TariffAssignment], situation: Situation) -> TariffAssignment | None:
    """Return the assignment that applies.

    The nearest tenant's count first; within a tenant: both groups, then the user group (what was
    agreed with a customer beats what a place costs), then the station group, then the tenant's
    default. Among equals the older one applies.
    """
    fitting = (one for one in assignments if _fits(one, situation))
    return min(fitting, key=lambda one: _rank(one, situation.tenants), default=None)


def in_precedence(
    assignments: Iterable[TariffAssignment], tenants: Sequence[TenantId]
) -> list[TariffAssignment]:
    """The assignments of these tenants, the nearest of which is the first, in the order in which `choose`
    takes the first one that fits."""
    counting = (one for one in assignments if one.tenant in tenants)
    return sorted(counting, key=lambda one: _rank(one, tenants))


def _fits(one: TariffAssignment, situation: Situation) -> bool:
    return (
        one.tenant in situation.tenants
        and (one.station_group is None or one.station_group in situation.station_groups)
        and (one.user_group is None or one.user_group in situation.user_groups)
    )


def _rank(one: TariffAssignment, tenants: Sequence[TenantId]) -> tuple[int, int, UUID]:
    specific = 2 * (one.user_group is not None) + (one.station_group is not None)
    return tenants.index(one.tenant), -specific, one.id
