"""Frames of stations, read as exchanges."""

from __future__ import annotations

from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._types import PlainText
from emobility_adapters.sql.records import within
from emobility_core.instants import Instant
from emobility_core.network import (
    Exchange,
    ExchangeOutcome,
    ExchangeQuery,
    FrameKind,
    exchange_number,
)
from emobility_core.work import Scope

_REQUEST, _ANSWER = tables.station_frame.alias("request"), tables.station_frame.alias("answer")
_ANSWERS = (FrameKind.RESULT.value, FrameKind.ERROR.value)
_BEGINS = (FrameKind.CALL.value, FrameKind.STRAY.value)
_OUTCOMES = {
    FrameKind.RESULT.value: ExchangeOutcome.RESULT,
    FrameKind.ERROR.value: ExchangeOutcome.ERROR,
    None: ExchangeOutcome.NONE,
}


@attrs.frozen
class SqlExchanges:
    """Implements the core's `Exchanges`."""

    connection: AsyncConnection
    scope: Scope

    async def page(self, query: ExchangeQuery) -> list[Exchange]:
        asked, answered = _REQUEST.c, _ANSWER.c
        paired = sa.and_(
            answered.station == asked.station,
            answered.exchange == asked.exchange,
            answered.kind.in_(_ANSWERS),
        )
        wanted = (
            sa.select(
                asked.exchange, asked.tenant, asked.station, asked.inbound, asked.action,
                asked.frame, asked.received_at,
                answered.frame.label("answer"), answered.received_at.label("answered_at"),
                answered.kind.label("answer_kind"),
            )
            .select_from(_REQUEST.outerjoin(_ANSWER, paired))
            .where(asked.station == query.station, asked.kind.in_(_BEGINS), _within(self.scope))
            .where(*_conditions(query))
            .order_by(asked.exchange.desc() if query.backwards else asked.exchange)
            .limit(query.limit)
        )  # fmt: skip
        return [_exchange(row) for row in (await self.connection.execute(wanted)).mappings()]

    async def forget(self, before: Instant, *, limit: int) -> int:
        frame = tables.station_frame.c
        # Oldest first along the primary key: rows are numbered in the order in which they were stored.
        oldest = sa.select(frame.id, frame.received_at).order_by(frame.id).limit(limit).subquery()
        old = sa.select(oldest.c.id).where(oldest.c.received_at < before)
        dropped = await self.connection.execute(
            tables.station_frame.delete().where(frame.id.in_(old), within(tables.station_frame, self.scope))
        )
        return int(dropped.rowcount)


def _within(scope: Scope) -> sa.ColumnElement[bool]:
    seen = sa.select(tables.tenant.c.id).where(tables.tenant.c.path.startswith(scope.path))
    return _REQUEST.c.tenant.in_(seen)


def _conditions(query: ExchangeQuery) -> list[sa.ColumnElement[bool]]:
    asked, answered = _REQUEST.c, _ANSWER.c
    found: list[sa.ColumnElement[bool]] = []
    if query.after is not None:
        found.append(asked.exchange < query.after if query.backwards else asked.exchange > query.after)
    if query.begin is not None:
        found.append(asked.exchange >= exchange_number(query.begin))
    if query.until is not None:
        found.append(asked.exchange < exchange_number(query.until))
    if query.actions:
        found.append(asked.action.in_(query.actions))
    if query.inbound is not None:
        found.append(asked.inbound == query.inbound)
    if query.message_id is not None:
        found.append(_begins_with_id(query.message_id))
    if query.outcomes:
        kinds = [kind for kind, outcome in _OUTCOMES.items() if outcome in query.outcomes]
        named = answered.kind.in_([kind for kind in kinds if kind is not None])
        found.append(sa.or_(named, answered.id.is_(None)) if None in kinds else named)
    if query.text is not None:
        said = [column.icontains(query.text, autoescape=True) for column in (asked.frame, answered.frame)]
        found.append(sa.or_(*said))
    return found


def _begins_with_id(id: str) -> sa.ColumnElement[bool]:
    """Whether a request has this message id, as serializers write it: with a space behind the comma or
    without, and as a number where it is one. Not `LIKE`: SQLite has that ignore case."""
    heads = [f'[2,"{id}"', f'[2, "{id}"', *([f"[2,{id},", f"[2, {id},"] if id.isdigit() else [])]
    frame = _REQUEST.c.frame
    return sa.or_(*(sa.func.substr(frame, 1, len(head), type_=PlainText) == head for head in heads))


def _exchange(row: Any) -> Exchange:
    return Exchange(
        number=row["exchange"],
        tenant=row["tenant"],
        station=row["station"],
        inbound=row["inbound"],
        action=row["action"],
        request=row["frame"],
        requested_at=row["received_at"],
        answer=row["answer"],
        answered_at=row["answered_at"],
        outcome=_OUTCOMES[row["answer_kind"]],
    )
