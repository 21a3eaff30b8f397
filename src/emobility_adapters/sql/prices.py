"""Published tariff versions and the prices of sessions, over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.network import upsert
from emobility_adapters.sql.paging import counted, paged
from emobility_adapters.sql.scoping import require_seen, within
from emobility_core.ids import SessionId, TariffId, TariffVersionId
from emobility_core.rating import Rating
from emobility_core.tariffs import TariffVersion, UnknownTariffVersion
from emobility_core.work import AlreadyTaken, Page, Scope


@attrs.frozen
class SqlTariffVersions:
    """A version counts in its tenant and below: a scope sees those of its own line upwards, too."""

    connection: AsyncConnection
    scope: Scope

    async def get(self, id: TariffVersionId) -> TariffVersion:
        found = await self._select(tables.tariff_version.c.id == id)
        if not found:
            raise UnknownTariffVersion(id)
        return found[0]

    async def add(self, version: TariffVersion) -> None:
        await require_seen(self.connection, self.scope, version)
        try:
            await self.connection.execute(tables.tariff_version.insert().values(rows.unstructure(version)))
        except sa.exc.IntegrityError as error:
            raise AlreadyTaken("number", str(version.number)) from error

    async def page(self, page: Page) -> list[TariffVersion]:
        return await self._read(self._listed(page))

    async def count(self, page: Page) -> int:
        return await counted(self.connection, self._listed(page), tables.tariff_version)

    def _listed(self, page: Page) -> sa.Select[Any]:
        return paged(self._known(sa.true()), tables.tariff_version, page, self.scope)

    async def of(self, tariff: TariffId) -> list[TariffVersion]:
        return await self._select(tables.tariff_version.c.tariff == tariff)

    async def _select(self, where: sa.ColumnElement[bool]) -> list[TariffVersion]:
        return await self._read(self._known(where).order_by(tables.tariff_version.c.number))

    def _known(self, where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        table, tenant = tables.tariff_version, tables.tenant
        above = sa.literal(self.scope.path).startswith(tenant.c.path)
        line = sa.select(tenant.c.id).where(sa.or_(tenant.c.path.startswith(self.scope.path), above))
        query = sa.select(table).where(where, table.c.tenant.in_(line))
        return query if self.scope.stations is None else query.where(sa.false())

    async def _read(self, query: sa.Select[Any]) -> list[TariffVersion]:
        found = (await self.connection.execute(query)).mappings()
        return [rows.structure(row, TariffVersion) for row in found]


@attrs.frozen
class SqlRatedSessions:
    connection: AsyncConnection
    scope: Scope

    async def put(self, rating: Rating) -> None:
        await require_seen(self.connection, self.scope, rating)
        values = rows.unstructure(rating, Rating)
        await upsert(self.connection, tables.rated_session, ("session",), values, marks="again")

    async def find(self, session: SessionId) -> Rating | None:
        return (await self.of([session])).get(session)

    async def of(self, sessions: Sequence[SessionId]) -> dict[SessionId, Rating]:
        table = tables.rated_session
        query = sa.select(table).where(table.c.session.in_(sessions), within(table, self.scope))
        found = (await self.connection.execute(query)).mappings()
        ratings: list[Rating] = [rows.structure(row, Rating) for row in found]  # type: ignore[arg-type]
        return {rating.session: rating for rating in ratings}
