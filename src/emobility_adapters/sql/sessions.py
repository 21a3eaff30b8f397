"""Charging sessions and meter readings over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import columns_of, rows
from emobility_adapters.sql.paging import counted, paged
from emobility_adapters.sql.promises import broken_promise
from emobility_adapters.sql.scoping import require_seen, within
from emobility_core.charging import (
    BUSY,
    FREE,
    ActiveSession,
    AuthorizationStatus,
    ConnectorHasSession,
    EndedSession,
    MeterReading,
    QuietSession,
    Session,
    StartRecorded,
    TransactionNumberTaken,
    UnknownSession,
)
from emobility_core.customers import IdTag
from emobility_core.errors import EmobilityError
from emobility_core.ids import SessionId, StationId
from emobility_core.instants import Instant
from emobility_core.work import AlreadyTaken, Page, Scope, StaleWrite

_table = tables.charging_session
# Written out: SQLite takes a partial index only for the very words of its condition.
ACTIVE: sa.ColumnElement[bool] = _table.c.state == sa.literal_column("'active'")
ENDED: sa.ColumnElement[bool] = _table.c.state == sa.literal_column("'ended'")
KNOWN: sa.ColumnElement[bool] = _table.c.authorization != AuthorizationStatus.INVALID.value


# What a session that runs again leaves behind.
_NOTHING_OF_AN_END = dict.fromkeys(columns_of(EndedSession) - columns_of(ActiveSession))


@attrs.frozen
class SqlSessions:
    connection: AsyncConnection
    scope: Scope

    async def get(self, id: SessionId) -> Session:
        session = await self._find(_table.c.id == id)
        if session is None:
            raise UnknownSession(id)
        return session

    async def find_start(self, station: StationId, identity: str) -> Session | None:
        return await self._find(_table.c.station == station, _table.c.start_identity == identity)

    async def find_transaction(self, station: StationId, transaction_id: int) -> Session | None:
        return await self._find(_table.c.station == station, _table.c.transaction_id == transaction_id)

    async def find_stopped(self, station: StationId, identity: str) -> EndedSession | None:
        found = await self._ended(station, _table.c.stop_identity == identity, limit=1)
        return found[0] if found else None

    async def estimated_on(self, station: StationId) -> list[EndedSession]:
        return await self._ended(station, ENDED, _table.c.stop_identity.is_(None), limit=10)

    async def active_on(self, station: StationId) -> list[ActiveSession]:
        query = sa.select(_table).where(_table.c.station == station, ACTIVE, within(_table, self.scope))
        return [one for one in await self._select(query) if isinstance(one, ActiveSession)]

    async def quiet(
        self, *, since: Instant, silent_since: Instant, busy_since: Instant
    ) -> list[QuietSession]:
        connector, state = tables.connector, tables.station_state
        free = sa.and_(
            state.c.online.is_(True),
            connector.c.status.in_(FREE),
            connector.c.received_at > _table.c.updated_at,
            connector.c.received_at < since,
        )
        busy = sa.and_(state.c.online.is_(True), connector.c.status.in_(BUSY))
        # Most of those go on, however many they are, and are to leave room for the others.
        serving = sa.case((busy, 1), else_=0)
        silent = sa.or_(
            sa.and_(serving == 0, _table.c.updated_at < silent_since),
            sa.and_(serving == 1, _table.c.updated_at < busy_since),
        )
        on = sa.and_(connector.c.station == _table.c.station, connector.c.number == _table.c.connector)
        beside = (connector.c.status, connector.c.received_at, state.c.online, state.c.last_seen_at)
        query = (
            sa.select(_table, *(column.label(f"station_{column.name}") for column in beside))
            .outerjoin(connector, on)
            .outerjoin(state, state.c.station == _table.c.station)
            .where(ACTIVE, _table.c.updated_at < since, within(_table, self.scope))
            .where(sa.or_(silent, free))
            .order_by(serving, _table.c.updated_at)
            .limit(1000)
        )
        return [_quiet(row) for row in (await self.connection.execute(query)).mappings()]

    async def add(self, session: Session) -> None:
        await require_seen(self.connection, self.scope, session)
        await self._guarded(_table.insert().values(rows.unstructure(session, Session)), session)

    async def replace(self, session: Session) -> None:
        stored = attrs.evolve(session, version=session.version + 1)
        change = (
            _table.update()
            .where(_table.c.id == session.id, _table.c.version == session.version, within(_table, self.scope))
            .values({**_NOTHING_OF_AN_END, **rows.unstructure(stored, Session)})
        )
        if (await self._guarded(change, session)).rowcount == 0:
            await self.get(session.id)
            raise StaleWrite(session.id)

    async def progress(self, session: ActiveSession) -> None:
        await self.replace(attrs.evolve(session, version=session.version - 1))

    async def page(self, page: Page) -> list[Session]:
        return await self._select(self._listed(page))

    async def count(self, page: Page) -> int:
        return await counted(self.connection, self._listed(page), _table)

    async def newest_of_cards(self, station: StationId, tags: Collection[IdTag]) -> list[Session]:
        folded, own = sa.func.lower(_table.c.id_tag), _table.c.grant.is_(None)
        beside = sa.func.row_number().over(partition_by=(folded, own), order_by=_table.c.id.desc())
        ranked = (
            sa.select(_table.c.id, beside.label("place"))
            .where(_table.c.station == station, folded.in_([one.folded for one in tags]), KNOWN)
            .where(within(_table, self.scope))
            .subquery()
        )
        newest = sa.select(_table).join(ranked, ranked.c.id == _table.c.id).where(ranked.c.place == 1)
        return await self._select(newest.order_by(own, _table.c.id))

    def _listed(self, page: Page) -> sa.Select[Any]:
        query = sa.select(_table).where(within(_table, self.scope, descendants=page.descendants))
        if page.updated_after is not None:
            rating = tables.rated_session.c
            priced = sa.select(rating.session).where(
                rating.session == _table.c.id, rating.rated_at > page.updated_after
            )
            query = query.where(sa.or_(_table.c.updated_at > page.updated_after, priced.exists()))
        return paged(query, _table, page, self.scope)

    async def _ended(
        self, station: StationId, *where: sa.ColumnElement[bool], limit: int
    ) -> list[EndedSession]:
        """The newest of a station's sessions past."""
        query = sa.select(_table).where(_table.c.station == station, *where, within(_table, self.scope))
        found = await self._select(query.order_by(_table.c.id.desc()).limit(limit))
        return [one for one in found if isinstance(one, EndedSession)]

    async def _find(self, *where: sa.ColumnElement[bool]) -> Session | None:
        found = await self._select(sa.select(_table).where(*where, within(_table, self.scope)))
        return found[0] if found else None

    async def _select(self, query: sa.Select[Any]) -> list[Session]:
        found = (await self.connection.execute(query)).mappings()
        return [session_of(row) for row in found]

    async def _guarded(self, statement: Any, session: Session) -> sa.CursorResult[Any]:
        try:
            result: sa.CursorResult[Any] = await self.connection.execute(statement)
        except sa.exc.IntegrityError as error:
            raise _refusal(broken_promise(error), session) from error
        return result


def _quiet(row: Any) -> QuietSession:
    session = session_of(row)
    assert isinstance(session, ActiveSession), "only running ones are asked for"
    return QuietSession(
        session=session,
        status=row["station_status"],
        status_at=row["station_received_at"],
        online=bool(row["station_online"]),
        seen_at=row["station_last_seen_at"],
    )


def session_of(row: Any) -> Session:
    session: Session = rows.structure(row, Session)  # type: ignore[arg-type]
    return session


def _refusal(field: str, session: Session) -> EmobilityError:
    if field == "start_identity":
        return StartRecorded(session.station, session.start_identity)
    if field == "transaction_id":
        return TransactionNumberTaken(session.station, session.transaction_id)
    if field == "connector":
        return ConnectorHasSession(session.station, session.connector)
    return AlreadyTaken("id", str(session.id))


@attrs.frozen
class SqlReadings:
    connection: AsyncConnection
    scope: Scope

    async def add(self, reading: MeterReading) -> None:
        await require_seen(self.connection, self.scope, reading)
        await self.connection.execute(tables.meter_reading.insert().values(rows.unstructure(reading)))

    async def of_session(
        self, session: SessionId, *, after: int = 0, limit: int = 1000
    ) -> list[MeterReading]:
        table = tables.meter_reading
        mine = (table.c.session == session, within(table, self.scope))
        query = sa.select(table).where(*mine).order_by(table.c.id).offset(after).limit(limit)
        found = (await self.connection.execute(query)).mappings()
        return [rows.structure(row, MeterReading) for row in found]
