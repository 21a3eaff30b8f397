"""Frames of stations, read as exchanges."""

from __future__ import annotations

from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._types import PlainText
from emobility_adapters.sql.limits import among
from emobility_adapters.sql.scoping import seen_tenants, within
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


def pairs(since: int, until: int | None = None) -> sa.Select[Any]:
    """The exchanges of the frames after one and up to another, with the numbers of their frames."""
    frame = tables.station_frame.c
    request = sa.case((frame.kind.in_(_BEGINS), frame.id))
    answer = sa.case((frame.kind.in_(_ANSWERS), frame.id))
    found = sa.select(
        frame.tenant,
        frame.station,
        frame.exchange.label("number"),
        sa.func.max(request).label("request"),
        sa.func.max(answer).label("answer"),
    )
    found = found.where(frame.id > since).group_by(frame.tenant, frame.station, frame.exchange)
    return found if until is None else found.where(frame.id <= until)


async def paired_up_to(connection: AsyncConnection) -> int:
    """The number of the last frame whose exchange is noted."""
    mark = tables.frames_paired.c
    return (await connection.execute(sa.select(mark.up_to).where(mark.id == 1))).scalar() or 0


@attrs.frozen
class SqlExchanges:
    """Implements the core's `Exchanges`.

    Older exchanges are noted, those of the last minutes are found among the frames that came since. An
    answer that comes minutes late stands with its request a few minutes later.
    """

    connection: AsyncConnection
    scope: Scope

    async def page(self, query: ExchangeQuery) -> list[Exchange]:
        since = await paired_up_to(self.connection)
        # In this order nothing falls between the two if exchanges are noted meanwhile.
        noted = await self._found(tables.station_exchange, query)
        fresh = await self._found(
            pairs(since).where(tables.station_frame.c.station == query.station).subquery(), query
        )
        exchanges = {one.number: one for one in [*noted, *fresh]}
        numbers = sorted(exchanges, reverse=query.backwards)[: query.limit]
        return [exchanges[number] for number in numbers]

    async def _found(self, source: sa.FromClause, query: ExchangeQuery) -> list[Exchange]:
        asked, answered, pair = _REQUEST.c, _ANSWER.c, source.c
        wanted = (
            sa.select(
                pair.number, asked.tenant, asked.station, asked.inbound, asked.action,
                asked.frame, asked.received_at,
                answered.frame.label("answer"), answered.received_at.label("answered_at"),
                answered.kind.label("answer_kind"),
            )
            .select_from(source)
            .join(_REQUEST, asked.id == pair.request)
            .outerjoin(_ANSWER, answered.id == pair.answer)
            .where(pair.station == query.station, _within(self.scope), *_conditions(query, pair.number))
            .order_by(pair.number.desc() if query.backwards else pair.number)
            .limit(query.limit)
        )  # fmt: skip
        return [_exchange(row) for row in (await self.connection.execute(wanted)).mappings()]

    async def forget(self, before: Instant, *, limit: int) -> int:
        frame, noted = tables.station_frame, tables.station_exchange
        # Oldest first along the primary key: rows are numbered in the order in which they were stored.
        oldest = sa.select(frame.c.id, frame.c.received_at).order_by(frame.c.id).limit(limit).subquery()
        old = sa.select(oldest.c.id).where(oldest.c.received_at < before)
        theirs = sa.select(frame.c.station, frame.c.exchange).where(frame.c.id.in_(old))
        gone = sa.tuple_(noted.c.station, noted.c.number).in_(theirs)
        await self.connection.execute(noted.delete().where(gone, within(noted, self.scope)))
        dropped = await self.connection.execute(
            frame.delete().where(frame.c.id.in_(old), within(frame, self.scope))
        )
        return int(dropped.rowcount)


def _within(scope: Scope) -> sa.ColumnElement[bool]:
    mine = _REQUEST.c.tenant.in_(seen_tenants(scope))
    return mine if scope.stations is None else sa.and_(mine, among(_REQUEST.c.station, scope.stations))


def _conditions(query: ExchangeQuery, number: sa.ColumnElement[int]) -> list[sa.ColumnElement[bool]]:
    asked, answered = _REQUEST.c, _ANSWER.c
    found: list[sa.ColumnElement[bool]] = []
    if query.after is not None:
        found.append(number < query.after if query.backwards else number > query.after)
    if query.begin is not None:
        found.append(number >= exchange_number(query.begin))
    if query.until is not None:
        found.append(number < exchange_number(query.until))
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
    if query.texts:
        said = (asked.frame, answered.frame)
        held = [column.icontains(text, autoescape=True) for text in query.texts for column in said]
        found.append(sa.or_(*held))
    return found


def _begins_with_id(id: str) -> sa.ColumnElement[bool]:
    """Whether a request has this message id, as serializers write it: with a space behind the comma or
    without, and as a number where it is one. Not `LIKE`: SQLite has that ignore case."""
    heads = [f'[2,"{id}"', f'[2, "{id}"', *([f"[2,{id},", f"[2, {id},"] if id.isdigit() else [])]
    frame = _REQUEST.c.frame
    return sa.or_(*(sa.func.substr(frame, 1, len(head), type_=PlainText) == head for head in heads))


def _exchange(row: Any) -> Exchange:
    return Exchange(
        number=row["number"],
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
