"""What a page of a list asks for, as a query: filters, order, place and length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.scoping import of_tenants
from emobility_core.customers import IdTag
from emobility_core.network import StationIdentity
from emobility_core.work import Page, Scope


def paged(query: sa.Select[Any], table: sa.Table, page: Page, scope: Scope) -> sa.Select[Any]:
    """Filter, order and cut a query as the page asks."""
    for name, allowed in page.filters.items():
        if name == "external_id":
            query = query.where(_named_outside(table, allowed, scope, page))
        else:
            query = query.where(_allowed(table, name, allowed))
    if page.after is not None:
        query = query.where(table.c.id < page.after if page.backwards else table.c.id > page.after)
    order = table.c.id.desc() if page.backwards else table.c.id.asc()
    return query.order_by(order).limit(page.limit)


async def counted(connection: AsyncConnection, listed: sa.Select[Any], table: sa.Table) -> int:
    """How many rows of a table a page lists: they are counted up to its limit, and none is read or sorted."""
    rows_of_page = listed.with_only_columns(table.c.id).order_by(None).subquery()
    count = sa.select(sa.func.count()).select_from(rows_of_page)
    return int((await connection.execute(count)).scalar_one())


def _named_outside(
    table: sa.Table, allowed: Sequence[object], scope: Scope, page: Page
) -> sa.ColumnElement[bool]:
    """Records by their names in other systems, each `system:id`, where no system has a colon."""
    if not allowed:
        return sa.false()
    by_system: dict[str, list[str]] = {}
    for text in map(str, allowed):
        system, _, there = text.partition(":")
        by_system.setdefault(system, []).append(there)
    outside = tables.external_id
    named = sa.or_(
        *(sa.and_(outside.c.system == one, outside.c.value.in_(by_system[one])) for one in by_system)
    )
    seen = of_tenants(outside, scope, descendants=page.descendants)
    return table.c.id.in_(sa.select(outside.c.record).where(seen, outside.c.kind == table.name, named))


def _allowed(table: sa.Table, name: str, allowed: Sequence[object]) -> sa.ColumnElement[bool]:
    if not allowed:
        return sa.false()
    if all(isinstance(value, IdTag | StationIdentity) for value in allowed):
        column = table.c.folded if "folded" in table.c else sa.func.lower(table.c[name])
        return column.in_([value.folded for value in allowed])  # type: ignore[attr-defined]
    if name == "in_doubt":
        return sa.or_(*(_IN_DOUBT if wanted else ~_IN_DOUBT for wanted in allowed))
    values = [rows.unstructure(value) for value in allowed]
    column = table.c[name]
    if name in _LISTS:
        return sa.or_(*(column.contains(value.hex) for value in values if isinstance(value, UUID)))
    named = column.in_([value for value in values if value is not None])
    return sa.or_(named, column.is_(None)) if None in values else named


# Lists of ids in JSON text; an id's 32 hexadecimal digits stand nowhere else in it.
_LISTS = frozenset({"station_groups", "user_groups"})

_IN_DOUBT: sa.ColumnElement[bool] = tables.charging_session.c.doubts != tables.charging_session.c.accepted
