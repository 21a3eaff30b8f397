"""The tokens of other companies that grants let charge, from memory: forgotten when an event says so."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.hot.directories import LINE_EVENTS, Connect, SqlDirectories
from emobility_adapters.sql.hot.remembered import Remembered
from emobility_core.access import Grant, GrantRight
from emobility_core.charging import Presented
from emobility_core.customers import IdTag
from emobility_core.ids import StationId
from emobility_core.instants import Clocks, Instant
from emobility_core.work import Event


class SqlGrantedTokens:
    """Implements the core's `GrantedTokens`; whoever follows the feed calls `heed`. Without `clocks` all
    live by the same one."""

    def __init__(self, connect: Connect, directories: SqlDirectories, clocks: Clocks | None = None) -> None:
        self._connect = connect
        self._directories = directories
        self._clocks = clocks
        self._using = Remembered[StationId, tuple[Grant, ...]](self._load)

    def heed(self, event: Event) -> None:
        """Forget what an event says has changed."""
        if event.type.partition(".")[0] in ("grant", "station", "tenant") and event.type not in LINE_EVENTS:
            self._using.forget()

    async def find(self, id_tag: IdTag, *, station: StationId, at: Instant) -> Presented:
        directories = self._directories
        tokens = await directories.tokens.anywhere(id_tag)
        grants = await self._using.get(station) if tokens else None
        for grant in grants or ():
            if not grant.is_open(await self._judged_at(grant, station, at)):
                continue
            for path, token in tokens:
                if grant.is_received_by(path) and grant.admits(
                    await directories.tariffs.user_groups(token, at) if grant.user_groups else ()
                ):
                    return Presented(token=token, grant=grant.id, until=grant.validity.until)
        return Presented()

    async def _judged_at(self, grant: Grant, station: StationId, at: Instant) -> Instant:
        """When a grant must be open: its company's present where a start elsewhere tells another time."""
        known = await self._directories.stations.get(station)
        if self._clocks is None or known is None or known.tenant == grant.tenant:
            return at
        path = self._directories.tree.path
        here, giving = await path(known.tenant), await path(grant.tenant)
        return at if self._clocks.together(here, giving) else self._clocks.of(giving).now()

    async def _load(self, station: StationId) -> tuple[Grant, ...] | None:
        """All grants that let others charge at a station, whenever, the oldest first."""
        known = await self._directories.stations.get(station)
        if known is None or await self._directories.tree.is_closed(known.tenant):
            return None
        path, table = await self._directories.tree.path(known.tenant), tables.access_grant
        above = [UUID(hex=part) for part in path.strip("/").split("/")]
        query = sa.select(table).where(table.c.tenant.in_(above)).order_by(table.c.id)
        async with self._connect() as connection:
            found = (await connection.execute(query)).mappings().all()
        grants = [rows.structure(row, Grant) for row in found]
        places = (known.id, known.site, known.station_groups)
        return tuple(one for one in grants if GrantRight.USE in one.rights and one.covers(*places))
