"""Roles, role assignments and grants of the in-memory store, and what requests are decided by."""

from __future__ import annotations

from collections.abc import Collection

from emobility_adapters.memory.records import MemoryHandedDown, MemoryRecords, paged
from emobility_adapters.memory.unit import Tables
from emobility_core.access import Grant, Role, RoleAssignment, Standing, permissions_by_role
from emobility_core.ids import GrantId, SiteId, StationId, shown
from emobility_core.network import Station
from emobility_core.work import Page

ROLES, ROLE_ASSIGNMENTS, GRANTS = "roles", "role assignments", "grants"


class MemoryRoles(MemoryHandedDown[Role]):
    """Implements the core's `Roles`."""


class MemoryRoleAssignments(MemoryRecords[RoleAssignment]):
    """Implements the core's `RoleAssignments`."""


class MemoryGrants(MemoryRecords[Grant]):
    """Implements the core's `Grants`."""

    async def received(self, page: Page) -> list[Grant]:
        found = (one for one in self._rows.values() if self._receives(one, descendants=page.descendants))
        return paged((one for one in found if _updated(one, page)), page)

    async def count_received(self, page: Page) -> int:
        return len(await self.received(page))

    async def get_received(self, id: GrantId) -> Grant:
        grant: Grant | None = self._rows.get(id)
        if grant is None or not self._receives(grant):
            raise self._unknown(id)
        return grant

    def _receives(self, grant: Grant, *, descendants: bool = True) -> bool:
        unit = self._unit
        return unit.scope.stations is None and unit.sees(grant.grantee, descendants=descendants)


def _updated(grant: Grant, page: Page) -> bool:
    return page.updated_after is None or grant.updated_at > page.updated_after


class MemoryAccess:
    """Implements the core's `AccessDirectory`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def standing(self, actor: str, vouched: tuple[str, ...] = ()) -> Standing:
        assigned: list[RoleAssignment] = [
            one for one in self._tables[ROLE_ASSIGNMENTS].values() if one.actor == actor
        ]
        own: list[Role] = list(self._tables[ROLES].values())
        return Standing(
            vouched=vouched,
            assignments=tuple(sorted(assigned, key=lambda one: one.id)),
            roles=permissions_by_role(own),
            owners={shown("rol", one.id): one.tenant for one in own},
            paths={
                one.tenant: path for one in assigned if (path := self._tables.path_of(one.tenant)) is not None
            },
        )

    async def grant(self, id: GrantId) -> Grant | None:
        found: Grant | None = self._tables[GRANTS].get(id)
        return found

    async def granted(self, grant: Grant) -> frozenset[StationId]:
        path = self._tables.path_of(grant.tenant)
        return (
            frozenset()
            if path is None
            else frozenset(
                one.id for one in self._below(path) if grant.covers(one.id, one.site, one.station_groups)
            )
        )

    async def at_sites(self, sites: Collection[SiteId], path: str) -> frozenset[StationId]:
        return frozenset(one.id for one in self._below(path) if one.site in sites)

    def _below(self, path: str) -> list[Station]:
        stations: list[Station] = list(self._tables["stations"].values())
        return [one for one in stations if (self._tables.path_of(one.tenant) or "").startswith(path)]
