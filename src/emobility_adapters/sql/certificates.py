"""Authorities and stations' certificates over one connection, within one scope."""

from __future__ import annotations

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.network import upsert
from emobility_adapters.sql.records import SqlRecords
from emobility_adapters.sql.scoping import require_seen, within
from emobility_core.certificates import CertificateAuthority, StationCertificate, StationCertificateStatus
from emobility_core.certification import InstalledCertificates
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.work import Scope


class SqlAuthorities(SqlRecords[CertificateAuthority]):
    """Authorities; a station's line sees those above its tenant, too."""

    async def above(self, tenant: TenantId) -> list[CertificateAuthority]:
        table, owner, here = self.kind.table, tables.tenant, tables.tenant.alias("here")
        line = (
            sa.select(table)
            .join(owner, owner.c.id == table.c.tenant)
            .join(here, sa.and_(here.c.id == tenant, here.c.path.startswith(owner.c.path)))
            .order_by(sa.func.length(owner.c.path).desc(), table.c.id.desc())
        )
        return await self._select(line)


class SqlStationCertificates(SqlRecords[StationCertificate]):
    """Stations' own certificates."""

    async def expiring(
        self, before: Instant, *, not_asked_since: Instant, limit: int
    ) -> list[StationCertificate]:
        table, newer, state = self.kind.table, self.kind.table.alias("newer"), tables.station_state
        installed = StationCertificateStatus.INSTALLED.value
        due = (table.c.status == installed, table.c.not_after < before)
        free = sa.or_(table.c.renewed_at.is_(None), table.c.renewed_at < not_asked_since)
        online = sa.select(state.c.station).where(state.c.station == table.c.station, state.c.online)
        after = (newer.c.station == table.c.station, newer.c.id > table.c.id, newer.c.status == installed)
        newest = ~sa.select(newer.c.id).where(*after).exists()
        query = sa.select(table).where(*due, free, within(table, self.scope), online.exists(), newest)
        return await self._select(query.order_by(table.c.not_after, table.c.id).limit(limit))

    async def revoked(self) -> list[StationCertificate]:
        table = self.kind.table
        gone = table.c.status == StationCertificateStatus.REVOKED.value
        return await self._select(sa.select(table).where(gone, within(table, self.scope)))


@attrs.frozen
class SqlInstalledCertificates:
    """One list a station and use."""

    connection: AsyncConnection
    scope: Scope

    async def put(self, installed: InstalledCertificates) -> None:
        await require_seen(self.connection, self.scope, installed)
        values = rows.unstructure(installed)
        await upsert(self.connection, tables.installed_certificate, ("station", "use"), values)

    async def of(self, station: StationId) -> list[InstalledCertificates]:
        table = tables.installed_certificate
        mine = (table.c.station == station, within(table, self.scope))
        found = await self.connection.execute(sa.select(table).where(*mine).order_by(table.c.use))
        return [rows.structure(row, InstalledCertificates) for row in found.mappings()]
