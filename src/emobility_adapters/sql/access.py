"""Roles, role assignments and grants over one connection, within one scope."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.paging import counted, paged
from emobility_adapters.sql.records import Kind, SqlHandedDown, SqlRecords, removed
from emobility_adapters.sql.scoping import seen_tenants
from emobility_core.access import (
    Grant,
    Role,
    RoleAssignment,
    UnknownGrant,
    UnknownRole,
    UnknownRoleAssignment,
)
from emobility_core.ids import GrantId, RoleAssignmentId, RoleId
from emobility_core.work import Page

ROLE = Kind(table=tables.role, record=Role, unknown=UnknownRole)
ROLE_ASSIGNMENT = Kind(table=tables.role_assignment, record=RoleAssignment, unknown=UnknownRoleAssignment)
GRANT = Kind(table=tables.access_grant, record=Grant, unknown=UnknownGrant)


class SqlRoles(SqlHandedDown[Role]):
    """Implements the core's `Roles`."""

    async def remove(self, id: RoleId) -> None:
        await removed(self, id)


class SqlRoleAssignments(SqlRecords[RoleAssignment]):
    """Implements the core's `RoleAssignments`."""

    async def remove(self, id: RoleAssignmentId) -> None:
        await removed(self, id)


class SqlGrants(SqlRecords[Grant]):
    """Implements the core's `Grants`."""

    async def received(self, page: Page) -> list[Grant]:
        return await self._select(self._listed_received(page))

    async def count_received(self, page: Page) -> int:
        return await counted(self.connection, self._listed_received(page), tables.access_grant)

    def _listed_received(self, page: Page) -> sa.Select[tuple[object, ...]]:
        query = self._received()
        if not page.descendants:
            query = query.where(tables.access_grant.c.grantee == self.scope.tenant)
        if page.updated_after is not None:
            query = query.where(tables.access_grant.c.updated_at > page.updated_after)
        return paged(query, tables.access_grant, page, self.scope)

    async def get_received(self, id: GrantId) -> Grant:
        return await self._one(id, self._received().where(tables.access_grant.c.id == id))

    def _received(self) -> sa.Select[tuple[object, ...]]:
        table = tables.access_grant
        query = sa.select(table).where(table.c.grantee.in_(seen_tenants(self.scope)))
        return query if self.scope.stations is None else query.where(sa.false())
