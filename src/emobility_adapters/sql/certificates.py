"""Authorities and stations' certificates over one connection, within one scope."""

from __future__ import annotations

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.network import upsert
from emobility_adapters.sql.records import SqlRecords, require_seen, within
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.network import (
    CertificateAuthority,
    InstalledCertificates,
    StationCertificate,
    StationCertificateStatus,
)
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

    async def expiring(self, before: Instant) -> list[StationCertificate]:
        table = self.kind.table
        due = (table.c.status == StationCertificateStatus.INSTALLED.value, table.c.not_after < before)
        query = sa.select(table).where(*due, within(table, self.scope)).order_by(table.c.not_after)
        return await self._select(query)

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
        await require_seen(self.connection, self.scope, installed.tenant)
        values = rows.unstructure(installed)
        await upsert(self.connection, tables.installed_certificate, ("station", "use"), values)

    async def of(self, station: StationId) -> list[InstalledCertificates]:
        table = tables.installed_certificate
        mine = (table.c.station == station, within(table, self.scope))
        found = await self.connection.execute(sa.select(table).where(*mine).order_by(table.c.use))
        return [rows.structure(row, InstalledCertificates) for row in found.mappings()]
