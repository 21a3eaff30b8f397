"""What is only ever added to is looked through before the unit that erases a person: on SQLite nobody else
writes while that runs, and lines, readings, reports and events are most of a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.scoping import seen_tenants
from emobility_core.audit import Mention
from emobility_core.privacy import Sighting, Sightings
from emobility_core.work import Scope

# By what numbers rows as they come in, and by what the newest is told from one that got its number after it
# was dropped. Nothing but erasures ever changes a text of these.
_GROWING = {
    "station_frame": ("id", "received_at"),
    "meter_reading": ("id", "received_at"),
    "station_report": ("id", "received_at"),
    "event": ("position", "id"),
}


def looked_for(mentions: Sequence[Mention]) -> frozenset[str]:
    return frozenset(one.text for one in mentions)


async def tenants_of(connection: AsyncConnection, scope: Scope) -> frozenset[UUID]:
    return frozenset(row.id for row in await connection.execute(seen_tenants(scope)))


async def newest_rows(
    connection: AsyncConnection,
) -> AsyncIterator[tuple[sa.Table, sa.ColumnElement[bool], Sighting]]:
    """The tables that only grow, with what is up to their newest row, and that row.

    None on PostgreSQL: numbers are drawn there before a unit is stored, so a row may come in behind a newer
    one; and nobody waits there for an erasure.
    """
    if connection.dialect.name != "sqlite":
        return
    for name in _GROWING:
        table, number, mark = _of(name)
        query = sa.select(number, mark).where(number.is_not(None)).order_by(number.desc()).limit(1)
        newest = (await connection.execute(query)).first()
        if newest is not None:
            yield table, number <= newest[0], Sighting(place=newest[0], mark=newest[1])


async def still_right(
    connection: AsyncConnection, seen: Sightings, mentions: Sequence[Mention], scope: Scope
) -> Mapping[str, Sighting]:
    """What was seen before and holds yet: not if more is looked for, or among more tenants, nor of a table
    whose newest row is gone, since its number may be another one's by now."""
    if not seen.of or not looked_for(mentions) <= seen.texts:
        return {}
    if not await tenants_of(connection, scope) <= seen.tenants:
        return {}
    return {name: one for name, one in seen.of.items() if await _is_there(connection, name, one)}


async def _is_there(connection: AsyncConnection, name: str, sighting: Sighting) -> bool:
    _, number, mark = _of(name)
    query = sa.select(number).where(number == sighting.place, mark == sighting.mark)
    return (await connection.execute(query)).first() is not None


async def keys_since(connection: AsyncConnection, name: str, sighting: Sighting) -> list[Any]:
    """Of the rows that came in since; an event gets its place a moment later."""
    table, number, _ = _of(name)
    (key,) = table.primary_key
    since = number > sighting.place
    query = sa.select(key).where(sa.or_(since, number.is_(None)) if number.nullable else since)
    return list((await connection.execute(query)).scalars())


def _of(name: str) -> tuple[sa.Table, sa.Column[Any], sa.Column[Any]]:
    table, (number, mark) = tables.metadata.tables[name], _GROWING[name]
    return table, table.c[number], table.c[mark]
