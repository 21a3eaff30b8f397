"""What requests are decided by, from memory: read through, forgotten when an event says so."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.hot.directories import LINE_EVENTS, Connect, Tree
from emobility_adapters.sql.hot.remembered import Remembered
from emobility_core.access import Grant, Role, RoleAssignment, Standing, permissions_by_role
from emobility_core.ids import GrantId, SiteId, StationId, parse_id, shown
from emobility_core.network import Station
from emobility_core.work import Event

_RIGHTS = frozenset({"role", "role_assignment", "grant", "tenant"})


class SqlAccess:
    """Implements the core's `AccessDirectory`; whoever follows the feed calls `heed`."""

    def __init__(self, connect: Connect, tree: Tree) -> None:
        self._connect = connect
        self._tree = tree
        self._standings = Remembered[tuple[str, tuple[str, ...]], Standing](self._standing)
        self._grants = Remembered[UUID, Grant](self._grant)
        self._granted = Remembered[UUID, frozenset[StationId]](self._stations_of)
        self._at_sites = Remembered[tuple[frozenset[SiteId], str], frozenset[StationId]](self._stations_at)

    def heed(self, event: Event) -> None:
        """Forget what an event says has changed."""
        kind, _, _ = event.type.partition(".")
        if kind in _RIGHTS:
            self._standings.forget()
            self._grants.forget()
        if kind in ("station", "tenant", "grant") and event.type not in LINE_EVENTS:
            self._granted.forget()
            self._at_sites.forget()

    async def standing(self, actor: str, vouched: tuple[str, ...] = ()) -> Standing:
        return await self._standings.get((actor, vouched)) or Standing()

    async def grant(self, id: GrantId) -> Grant | None:
        return await self._grants.get(id)

    async def granted(self, grant: Grant) -> frozenset[StationId]:
        return await self._granted.get(grant.id) or frozenset()

    async def at_sites(self, sites: Collection[SiteId], path: str) -> frozenset[StationId]:
        return await self._at_sites.get((frozenset(sites), path)) or frozenset()

    async def _standing(self, asked: tuple[str, tuple[str, ...]]) -> Standing:
        actor, vouched = asked
        table, role = tables.role_assignment, tables.role
        mine = sa.select(table).where(table.c.actor == actor).order_by(table.c.id)
        async with self._connect() as connection:
            found = (await connection.execute(mine)).mappings().all()
            assigned = tuple(rows.structure(row, RoleAssignment) for row in found)
            named_roles = {*vouched, *(one.role for one in assigned)}
            own = [parse_id("rol", role) for role in sorted(named_roles) if role.startswith("rol_")]
            named = sa.select(role).where(role.c.id.in_(own))
            known = (await connection.execute(named)).mappings().all() if own else []
        roles = [rows.structure(row, Role) for row in known]
        return Standing(
            vouched=vouched,
            assignments=assigned,
            roles=permissions_by_role(roles),
            owners={shown("rol", one.id): one.tenant for one in roles},
            paths={one.tenant: await self._tree.path(one.tenant) for one in assigned},
        )

    async def _grant(self, id: UUID) -> Grant | None:
        table = tables.access_grant
        async with self._connect() as connection:
            row = (await connection.execute(sa.select(table).where(table.c.id == id))).mappings().first()
        return None if row is None else rows.structure(row, Grant)

    async def _stations_of(self, id: UUID) -> frozenset[StationId] | None:
        grant = await self._grants.get(id)
        if grant is None:
            return None
        found = await self._below(await self._tree.path(grant.tenant))
        return frozenset(one.id for one in found if grant.covers(one.id, one.site, one.station_groups))

    async def _stations_at(self, asked: tuple[frozenset[SiteId], str]) -> frozenset[StationId]:
        sites, path = asked
        return frozenset(one.id for one in await self._below(path) if one.site in sites)

    async def _below(self, path: str) -> list[Station]:
        station, tenant = tables.station, tables.tenant.c
        query = sa.select(station).where(
            station.c.tenant.in_(sa.select(tenant.id).where(tenant.path.startswith(path)))
        )
        async with self._connect() as connection:
            found = (await connection.execute(query)).mappings().all()
        return [rows.structure(row, Station) for row in found]
