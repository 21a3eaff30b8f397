"""Webhook endpoints, deliveries and event cursors over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.network import insert_into
from emobility_adapters.sql.records import SqlRecords, removed
from emobility_adapters.sql.scoping import within
from emobility_core.event_cursors import EventCursor
from emobility_core.ids import TenantId, WebhookEndpointId, uuid7
from emobility_core.instants import Instant
from emobility_core.webhooks import DeliveryState, WebhookDelivery, WebhookEndpoint

_endpoint, _delivery, _cursor = tables.webhook_endpoint, tables.webhook_delivery, tables.event_cursor
# Written out: SQLite takes a partial index only for the very words of its condition.
_PENDING: sa.ColumnElement[bool] = sa.literal_column("state = 'pending'")
_ONE_OF_AN_EVENT = ["endpoint", "event"]


class SqlWebhookEndpoints(SqlRecords[WebhookEndpoint]):
    """Implements the core's `WebhookEndpoints`."""

    async def due(
        self, at: Instant, *, limit: int, behind: WebhookEndpointId | None = None
    ) -> list[WebhookEndpointId]:
        waiting = sa.select(_delivery.c.id).where(
            _delivery.c.endpoint == _endpoint.c.id, _PENDING, _delivery.c.next_attempt_at <= at
        )
        free = sa.or_(_endpoint.c.paused_until.is_(None), _endpoint.c.paused_until <= at)
        ready = (_endpoint.c.enabled, free, waiting.exists(), within(_endpoint, self.scope))
        turn = () if behind is None else (_endpoint.c.id <= behind,)
        query = sa.select(_endpoint.c.id).where(*ready).order_by(*turn, _endpoint.c.id).limit(limit)
        return [WebhookEndpointId(id) for id in (await self.connection.execute(query)).scalars()]

    async def remove(self, id: WebhookEndpointId) -> None:
        theirs = (_delivery.c.endpoint == id, within(_delivery, self.scope))
        await self.connection.execute(_delivery.delete().where(*theirs))
        await removed(self, id)


class SqlWebhookDeliveries(SqlRecords[WebhookDelivery]):
    """Implements the core's `WebhookDeliveries`."""

    async def queue(self, deliveries: Sequence[WebhookDelivery]) -> None:
        insert = insert_into(self.connection, _delivery)
        await self._put(insert.on_conflict_do_nothing(index_elements=_ONE_OF_AN_EVENT), deliveries)

    async def replay(self, deliveries: Sequence[WebhookDelivery]) -> None:
        insert = insert_into(self.connection, _delivery)
        taken = ("state", "tries", "next_attempt_at", "updated_at")
        again = {name: insert.excluded[name] for name in taken} | {"version": _delivery.c.version + 1}
        await self._put(insert.on_conflict_do_update(index_elements=_ONE_OF_AN_EVENT, set_=again), deliveries)

    async def claim(
        self, endpoint: WebhookEndpointId, *, at: Instant, until: Instant, limit: int
    ) -> list[WebhookDelivery]:
        due = (_delivery.c.endpoint == endpoint, _PENDING, _delivery.c.next_attempt_at <= at)
        query = sa.select(_delivery).where(*due, within(_delivery, self.scope))
        oldest = query.order_by(_delivery.c.next_attempt_at, _delivery.c.id).limit(limit)
        found = await self._select(oldest.with_for_update(skip_locked=True))
        if not found:
            return []
        mine = _delivery.c.id.in_([one.id for one in found])
        taken = {"next_attempt_at": until, "version": _delivery.c.version + 1}
        await self.connection.execute(_delivery.update().where(mine).values(taken))
        return [attrs.evolve(one, next_attempt_at=until, version=one.version + 1) for one in found]

    async def discard(self, endpoint: WebhookEndpointId, *, at: Instant) -> None:
        theirs = (_delivery.c.endpoint == endpoint, _PENDING, within(_delivery, self.scope))
        over = {
            "state": DeliveryState.DISCARDED.value,
            "next_attempt_at": None,
            "updated_at": at,
            "version": _delivery.c.version + 1,
        }
        await self.connection.execute(_delivery.update().where(*theirs).values(over))

    async def forget(self, before: Instant, *, limit: int) -> int:
        # Ids sort by the time at which they were made.
        old = sa.select(_delivery.c.id).where(
            _delivery.c.id < uuid7(before, 0), ~_PENDING, within(_delivery, self.scope)
        )
        found = await self.connection.execute(old.order_by(_delivery.c.id).limit(limit))
        if ids := found.scalars().all():
            await self.connection.execute(_delivery.delete().where(_delivery.c.id.in_(ids)))
        return len(ids)

    async def _put(self, statement: Any, deliveries: Sequence[WebhookDelivery]) -> None:
        await self._require_all(deliveries)
        if deliveries:
            await self.connection.execute(statement, [rows.unstructure(one) for one in deliveries])


class SqlEventCursors(SqlRecords[EventCursor]):
    """Implements the core's `EventCursors`."""

    async def find(self, tenant: TenantId, client: str, name: str) -> EventCursor | None:
        named = (_cursor.c.tenant == tenant, _cursor.c.client == client, _cursor.c.name == name)
        found = await self._select(sa.select(_cursor).where(*named, within(_cursor, self.scope)))
        return found[0] if found else None

    async def remove(self, id: UUID) -> None:
        await removed(self, id)
