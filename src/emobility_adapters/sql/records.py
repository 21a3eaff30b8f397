"""Master records of every kind over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql._types import PlainText
from emobility_adapters.sql.paging import counted, paged
from emobility_adapters.sql.promises import broken_promise
from emobility_adapters.sql.scoping import require_seen, row_of, within
from emobility_core.commands import Command, CommandStatus
from emobility_core.errors import EmobilityError, NotFound
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.tenancy import Tenant, UnknownTenant, child_path
from emobility_core.work import AlreadyTaken, Page, Record, Scope, StaleWrite

R = TypeVar("R", bound=Record)


@attrs.frozen(kw_only=True)
class Kind(Generic[R]):
    """A kind of record: its table, its class, and the refusal for an id that is unknown."""

    table: sa.Table
    record: type[R]
    unknown: Callable[[UUID], NotFound]


@attrs.frozen
class SqlRecords(Generic[R]):
    """Implements the core's `Records`."""

    connection: AsyncConnection
    scope: Scope
    kind: Kind[R]

    async def get(self, id: UUID) -> R:
        return await self._one(id, row_of(self.kind.table, self.scope))

    async def get_for_change(self, id: UUID) -> R:
        # On SQLite, which leaves these words out, a unit that may write is alone from its beginning.
        return await self._one(id, row_of(self.kind.table, self.scope).with_for_update())

    async def add(self, record: R) -> None:
        await self._require(record)
        values = rows.unstructure(record, self.kind.record)
        await self._guarded([record], self.kind.table.insert(), values)
        await self._name_all_outside([record])

    async def replace(self, record: R) -> R:
        try:
            await self._require(record)
        except UnknownTenant:
            await self.get(record.id)
            raise
        table = self.kind.table
        stored = attrs.evolve(record, version=record.version + 1)
        mine = (table.c.id == record.id, within(table, self.scope))
        change = table.update().where(*mine, table.c.version == record.version)
        changed = await self._guarded([record], change, self._changes(stored))
        if changed.rowcount == 0:
            await self.get(record.id)
            raise StaleWrite(record.id)
        outside = tables.external_id
        await self.connection.execute(outside.delete().where(outside.c.record == record.id))
        await self._name_all_outside([record])
        return stored

    async def add_all(self, records: Sequence[R]) -> None:
        if not records:
            return
        await self._require_all(records)
        values = [rows.unstructure(one, self.kind.record) for one in records]
        await self._guarded(records, self.kind.table.insert(), values)
        await self._name_all_outside(records)

    async def replace_all(self, records: Sequence[R]) -> list[R]:
        if len(records) < 2:
            return [await self.replace(record) for record in records]
        await self._lock(records)
        await self._require_all(records)
        table, outside = self.kind.table, tables.external_id
        stored = [attrs.evolve(record, version=record.version + 1) for record in records]
        values = [{**self._changes(one), "this": one.id} for one in stored]
        await self._guarded(records, table.update().where(table.c.id == sa.bindparam("this")), values)
        ids = [record.id for record in records]
        await self.connection.execute(outside.delete().where(outside.c.record.in_(ids)))
        await self._name_all_outside(stored)
        return stored

    def _changes(self, record: R) -> dict[str, Any]:
        """The columns that a new state of a record is written to; of many the same."""
        values: dict[str, Any] = rows.unstructure(record, self.kind.record)
        return values

    async def _lock(self, records: Sequence[R]) -> None:
        """Nobody replaces them from here on; raise `StaleWrite` if somebody has."""
        table = self.kind.table
        mine = (table.c.id.in_([record.id for record in records]), within(table, self.scope))
        # Who locks many always does so in the same order.
        query = sa.select(table.c.id, table.c.version).where(*mine).order_by(table.c.id).with_for_update()
        versions = {row.id: row.version for row in await self.connection.execute(query)}
        for record in records:
            if record.id not in versions:
                raise self.kind.unknown(record.id)
            if record.version != versions[record.id]:
                raise StaleWrite(record.id)

    async def page(self, page: Page) -> list[R]:
        return await self._select(self._listed(page))

    async def count(self, page: Page) -> int:
        return await counted(self.connection, self._listed(page), self.kind.table)

    def _listed(self, page: Page) -> sa.Select[Any]:
        table = self.kind.table
        query = sa.select(table).where(within(table, self.scope, descendants=page.descendants))
        if page.updated_after is not None:
            query = query.where(table.c.updated_at > page.updated_after)
        return paged(query, table, page, self.scope)

    async def _one(self, id: UUID, query: sa.Select[Any]) -> R:
        found = await self._select(query, this=id)
        if not found:
            raise self.kind.unknown(id)
        return found[0]

    async def _select(self, query: sa.Select[Any], **values: Any) -> list[R]:
        found = (await self.connection.execute(query, values)).mappings()
        return [rows.structure(row, self.kind.record) for row in found]

    async def _require(self, record: R) -> None:
        await require_seen(self.connection, self.scope, record)

    async def _require_all(self, records: Sequence[R]) -> None:
        if self.scope.stations is not None:
            for record in records:
                await self._require(record)
            return
        for record in {record.tenant: record for record in records}.values():
            await self._require(record)

    async def _guarded(
        self, records: Sequence[R], statement: Any, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    ) -> sa.CursorResult[Any]:
        try:
            result: sa.CursorResult[Any] = await self.connection.execute(statement, values)
        except sa.exc.IntegrityError as error:
            raise self._refusal(error, records) from error
        return result

    def _refusal(self, error: sa.exc.IntegrityError, records: Sequence[R]) -> EmobilityError:
        """Of many the database does not say which one it was."""
        field = broken_promise(error)
        values = (getattr(record, field, record.id) for record in records)
        return AlreadyTaken(field, ", ".join(getattr(one, "text", None) or str(one) for one in values))

    async def _name_all_outside(self, records: Sequence[R]) -> None:
        named = [
            {
                "tenant": record.tenant,
                "kind": self.kind.table.name,
                "system": system,
                "value": there,
                "record": record.id,
            }
            for record in records
            for system, there in record.external_ids.items()
        ]
        if not named:
            return
        try:
            await self.connection.execute(tables.external_id.insert(), named)
        except sa.exc.IntegrityError as error:
            # Of many the database does not say which one it was.
            taken = ", ".join(f"{one['system']}:{one['value']}" for one in named)
            raise AlreadyTaken("external_ids", taken) from error


class SqlHandedDown(SqlRecords[R]):
    """Records that count below their tenant as well."""

    async def along(self, path: str) -> list[R]:
        if self.scope.stations is not None or not self.scope.sees(path):
            return []
        places = {UUID(hex=part): place for place, part in enumerate(path.strip("/").split("/"))}
        table = self.kind.table
        found = await self._select(sa.select(table).where(table.c.tenant.in_(places)))
        return sorted(found, key=lambda one: (places[one.tenant], one.id))


# Whoever changes the shape of the tree takes this lock, so that no path is made from one that is changing.
_TREE = 0x656D6F62_74726565


class SqlTenants(SqlRecords[Tenant]):
    """Tenants: a new one brings its own place in the tree."""

    async def _require(self, record: Tenant) -> None:
        if not self.scope.sees(record.path) or self.scope.stations is not None:
            raise UnknownTenant(record.id)

    async def line(self, id: TenantId) -> list[Tenant]:
        table = self.kind.table
        # Not only those of the scope: what is handed down comes from above it.
        query = sa.select(table).where(table.c.id.in_((await self.get(id)).line))
        return await self._select(query.order_by(sa.func.length(table.c.path)))

    async def below(self, id: TenantId) -> list[Tenant]:
        table = self.kind.table
        here = (await self.get(id)).path
        query = sa.select(table).where(table.c.path.startswith(here), within(table, self.scope))
        return await self._select(query.order_by(table.c.path))

    async def hold(self) -> None:
        # On SQLite a unit that may write is alone from its beginning.
        if self.connection.dialect.name != "sqlite":
            await self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TREE)))

    async def move(self, tenant: TenantId, to: TenantId, *, at: Instant) -> None:
        table = self.kind.table
        moved, target = await self.get(tenant), await self.get(to)
        tail = sa.func.substr(table.c.path, len(moved.path) + 1, type_=PlainText)
        change = table.update().where(table.c.path.startswith(moved.path), within(table, self.scope))
        await self.connection.execute(
            change.values(
                path=sa.literal(child_path(target, tenant), PlainText) + tail,
                parent=sa.case((table.c.id == tenant, to), else_=table.c.parent),
                version=table.c.version + 1,
                updated_at=at,
            )
        )


# Written out: SQLite takes a partial index only for the very words of its condition.
_OPEN: sa.ColumnElement[bool] = sa.literal_column("status IN ('queued', 'sent', 'accepted')")


class SqlCommands(SqlRecords[Command]):
    """Commands to stations."""

    async def waiting(self, station: StationId) -> list[Command]:
        table = self.kind.table
        awaiting = (CommandStatus.SENT.value, CommandStatus.ACCEPTED.value)
        mine = self._chosen(table.c.station == station, _OPEN, table.c.status.in_(awaiting))
        return await self._select(mine.order_by(table.c.id))

    async def overdue(self, at: Instant, *, limit: int) -> list[Command]:
        table = self.kind.table
        late = self._chosen(_OPEN, table.c.deadline < at)
        return await self._select(late.order_by(table.c.deadline, table.c.id).limit(limit))

    def _chosen(self, *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        table = self.kind.table
        return sa.select(table).where(*where, within(table, self.scope))


async def removed(records: SqlRecords[Any], id: UUID) -> None:
    """Drop a record, and what it is called outside."""
    table, outside = records.kind.table, tables.external_id
    gone = table.delete().where(table.c.id == id, within(table, records.scope))
    if (await records.connection.execute(gone)).rowcount:
        await records.connection.execute(outside.delete().where(outside.c.record == id))
