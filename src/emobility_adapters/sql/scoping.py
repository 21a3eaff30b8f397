"""What a scope may see and write: the condition that every statement carries."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.limits import is_writable, of_stations
from emobility_core.ids import TenantId
from emobility_core.tenancy import UnknownTenant
from emobility_core.work import Scope


class _OfTenant(Protocol):
    @property
    def tenant(self) -> TenantId: ...


def seen_tenants(scope: Scope) -> sa.Select[tuple[UUID]]:
    """The ids of the scope's tenant and all below it."""
    return _seen_tenants(scope.path, scope.apart)


# Putting these conditions together costs more than half of a read: those of the last scopes are kept.
@lru_cache(maxsize=512)
def _seen_tenants(path: str, apart: tuple[str, ...]) -> sa.Select[tuple[UUID]]:
    column = tables.tenant.c.path
    seen = sa.select(tables.tenant.c.id).where(column.startswith(path))
    return seen.where(*(~column.startswith(one) for one in apart))


async def require_seen(connection: AsyncConnection, scope: Scope, record: _OfTenant) -> None:
    """Raise `UnknownTenant` for a record of a tenant outside the scope, or beyond its limit to stations."""
    if not is_writable(record, scope.stations):
        raise UnknownTenant(record.tenant)
    if record.tenant == scope.tenant:
        return
    known = seen_tenants(scope).where(tables.tenant.c.id == record.tenant)
    if (await connection.execute(known)).first() is None:
        raise UnknownTenant(record.tenant)


def within(table: sa.Table, scope: Scope, *, descendants: bool = True) -> sa.ColumnElement[bool]:
    """What every statement of a scope is limited to."""
    mine = of_tenants(table, scope, descendants=descendants)
    if scope.stations is None:
        return mine
    return sa.and_(mine, of_stations(table, scope.stations, scope.grant))


def of_tenants(table: sa.Table, scope: Scope, *, descendants: bool) -> sa.ColumnElement[bool]:
    return _among(table, scope.path, scope.apart) if descendants else table.c.tenant == scope.tenant


@lru_cache(maxsize=4096)
def _among(table: sa.Table, path: str, apart: tuple[str, ...]) -> sa.ColumnElement[bool]:
    return table.c.tenant.in_(_seen_tenants(path, apart))


# A statement that is the same object need not be put together, nor named for the cache of those compiled.
@lru_cache(maxsize=4096)
def _row_of(table: sa.Table, path: str, apart: tuple[str, ...]) -> sa.Select[Any]:
    return sa.select(table).where(table.c.id == sa.bindparam("this"), _among(table, path, apart))


@lru_cache(maxsize=4096)
def _rows_of(table: sa.Table, path: str, apart: tuple[str, ...]) -> sa.Select[Any]:
    theirs = table.c.station.in_(sa.bindparam("stations", expanding=True))
    order = [table.c[name] for name in ("station", "number") if name in table.c]
    return sa.select(table).where(theirs, _among(table, path, apart)).order_by(*order)


def row_of(table: sa.Table, scope: Scope) -> sa.Select[Any]:
    """What a scope knows of the id `this`."""
    return _limited(_row_of(table, scope.path, scope.apart), table, scope)


def of_these(table: sa.Table, scope: Scope) -> sa.Select[Any]:
    """What a scope knows of `stations`, by station, and by number where a station has several."""
    return _limited(_rows_of(table, scope.path, scope.apart), table, scope)


def _limited(query: sa.Select[Any], table: sa.Table, scope: Scope) -> sa.Select[Any]:
    return query if scope.stations is None else query.where(of_stations(table, scope.stations, scope.grant))
