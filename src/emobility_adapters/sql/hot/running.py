"""What runs of a token, wherever: looked up, since only tokens that forbid a second session ask for it."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.hot.directories import Connect
from emobility_adapters.sql.sessions import ACTIVE
from emobility_core.charging import RunningSession
from emobility_core.ids import SessionId, StationId, TokenId


class SqlRunningSessions:
    """Implements the core's `RunningSessions`."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def of_token(self, token: TokenId) -> list[RunningSession]:
        table = tables.charging_session
        query = sa.select(table.c.id, table.c.station, table.c.connector, table.c.started_at)
        query = query.where(table.c.token == token, ACTIVE).order_by(table.c.id)
        async with self._connect() as connection:
            found = (await connection.execute(query)).all()
        return [
            RunningSession(
                session=SessionId(row.id),
                station=StationId(row.station),
                connector=row.connector,
                started_at=row.started_at,
            )
            for row in found
        ]
