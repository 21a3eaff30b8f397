"""What lies in parts of the tree, over one connection, within one scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.scoping import within
from emobility_core.ids import TenantId
from emobility_core.tenant_moves import COUNTED, LeftReference, Reference
from emobility_core.work import Scope

# The tables of ports.
_TABLES = {
    "sites": tables.site,
    "stations": tables.station,
    "station_groups": tables.station_group,
    "station_certificates": tables.station_certificate,
    "certificate_authorities": tables.certificate_authority,
    "tokens": tables.token,
    "customers": tables.customer,
    "contracts": tables.contract,
    "user_groups": tables.user_group,
    "tariffs": tables.tariff,
    "tariff_assignments": tables.tariff_assignment,
    "account_rules": tables.account_rule,
    "load_budgets": tables.load_budget,
    "load_points": tables.load_point,
    "load_limits": tables.load_limit,
    "load_priorities": tables.load_priority,
    "sessions": tables.charging_session,
    "api_clients": tables.api_client,
}


@attrs.frozen
class SqlTreeContents:
    """Implements the core's `TreeContents`."""

    connection: AsyncConnection
    scope: Scope

    async def below(self, path: str) -> Mapping[str, int]:
        return await self._counted(_below(path))

    async def of(self, tenants: Sequence[TenantId]) -> Mapping[str, int]:
        return await self._counted(sa.select(tables.tenant.c.id).where(tables.tenant.c.id.in_(tenants)))

    async def _counted(self, tenants: sa.Select[tuple[object]]) -> Mapping[str, int]:
        counts = []
        for kind in COUNTED:
            table = _TABLES[kind]
            mine = (table.c.tenant.in_(tenants), within(table, self.scope))
            counts.append(sa.select(sa.func.count()).select_from(table).where(*mine).scalar_subquery())
        return dict(zip(COUNTED, (await self.connection.execute(sa.select(*counts))).one(), strict=True))

    async def naming(
        self, reference: Reference, tenants: Sequence[TenantId], *, below: str
    ) -> list[LeftReference]:
        here, there = _TABLES[reference.kind], _TABLES[reference.names].alias("there")
        field = here.c[reference.field]
        # A list of ids is JSON text, in which an id's 32 hexadecimal digits stand nowhere else.
        named = field.contains(_hex(there.c.id, self.connection)) if reference.many else field == there.c.id
        query = (
            sa.select(here.c.id, here.c.tenant, there.c.id.label("named"))
            .join(there, named)
            .where(there.c.tenant.in_(tenants), here.c.tenant.in_(_below(below)), within(here, self.scope))
            .order_by(here.c.id, there.c.id)
        )
        return [
            LeftReference(
                kind=reference.kind,
                id=row.id,
                tenant=row.tenant,
                field=reference.field,
                names=reference.names,
                named=row.named,
            )
            for row in await self.connection.execute(query)
        ]


def _below(path: str) -> sa.Select[tuple[object]]:
    return sa.select(tables.tenant.c.id).where(tables.tenant.c.path.startswith(path))


def _hex(id: sa.ColumnElement[object], connection: AsyncConnection) -> sa.ColumnElement[str]:
    """An id as JSON text has it: SQLite keeps it so, PostgreSQL has a type of its own."""
    text = sa.cast(id, sa.Text)
    return text if connection.dialect.name == "sqlite" else sa.func.replace(text, "-", "")
