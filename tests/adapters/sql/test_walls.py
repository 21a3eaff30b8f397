"""Row-level security stands behind the scope of every statement: a forgotten scope shows nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.engine import APP_ROLE, WRITER_ROLE, Database, open_database, owner_engine
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.ids import TenantId
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing import builders
from emobility_core.work import Scope

WRITTEN_BY_STATIONS = {
    "charging_session", "meter_reading", "station_frame", "station_report", "station_state", "connector",
    "doubtful_report", "rated_session", "event", "reacted",
}  # fmt: skip
OF_TENANTS = [table for table in tables.metadata.sorted_tables if "tenant" in table.c]
# What counts for the tenants below is read by them.
HANDED_DOWN = (
    tables.tariff_version,
    tables.configuration_template,
    tables.role,
    tables.account_rule,
)


@attrs.frozen
class Walled:
    database: Database
    own: Tenant
    foreign: Tenant


@pytest.fixture
async def walled(postgresql_url: str) -> AsyncIterator[Walled]:
    """Two companies, each with records of several kinds."""
    database = open_database(postgresql_url)
    root = builders.make_tenant(name="root")
    own, foreign = builders.make_tenant(root), builders.make_tenant(root)
    async with SqlTransactions(database)(scope_of(root, "test")) as work:
        for tenant in (root, own, foreign):
            await work.tenants.add(tenant)
            await work.sites.add(builders.make_site(tenant=tenant.id, external_ids={"sap": "1"}))
            await work.tokens.add(builders.make_token(tenant=tenant.id))
            await work.sessions.add(builders.make_active(tenant=tenant.id))
            await work.meter_readings.add(builders.make_reading(tenant=tenant.id))
            await work.configuration_templates.add(builders.make_template(tenant=tenant.id))
            await work.roles.add(builders.make_role(tenant=tenant.id))
            await work.account_rules.add(builders.make_account_rule(tenant=tenant.id))
            await work.quarantined_stations.add(builders.make_quarantined_station(tenant=tenant.id))
            await work.tariff_versions.add(builders.make_tariff_version(tenant=tenant.id))
            work.outbox.publish(builders.make_event(tenant=tenant.id))
    yield Walled(database, own, foreign)
    await database.dispose()


async def _tenants(connection: AsyncConnection, table: sa.Table) -> set[TenantId]:
    return set((await connection.execute(sa.select(table.c.tenant))).scalars())


async def test_a_plain_select_sees_nothing_foreign(walled: Walled) -> None:
    shown: set[TenantId] = set()
    async with walled.database.reading(scope_of(walled.own, "test")) as connection:
        for table in OF_TENANTS:
            if table not in (tables.tenant, *HANDED_DOWN):
                shown |= await _tenants(connection, table)
    assert shown == {walled.own.id}


async def test_what_was_published_above_counts_below_but_not_beside(walled: Walled) -> None:
    async with walled.database.reading(scope_of(walled.own, "test")) as connection:
        for table in HANDED_DOWN:
            assert await _tenants(connection, table) == {walled.own.id, walled.own.parent}


async def test_what_is_expected_of_stations_above_is_not_changed_from_below(walled: Walled) -> None:
    template = tables.configuration_template
    async with walled.database.writing(scope_of(walled.own, "test")) as connection:
        changed = await connection.execute(template.update().values(name="mine now"))
        assert changed.rowcount == 1
        assert (await connection.execute(template.delete())).rowcount == 1


async def test_a_connection_without_a_scope_sees_nothing_even_after_a_unit(walled: Walled) -> None:
    async with walled.database.reading(scope_of(walled.own, "test")) as connection:
        assert await _tenants(connection, tables.site)
    async with walled.database.writer.connect() as connection:
        # The pool gives back the connection of that unit.
        setting = sa.text("SELECT current_setting('emobility.scope', true)")
        assert (await connection.execute(setting)).scalar_one() == ""
        for table in OF_TENANTS:
            assert await _tenants(connection, table) == set(), table.name


async def test_nothing_is_written_changed_or_removed_beside(walled: Walled) -> None:
    scope = scope_of(walled.own, "test")
    site, theirs = tables.site, tables.site.c.tenant == walled.foreign.id
    async with walled.database.writing(scope) as connection:
        assert (await connection.execute(site.update().values(name="mine now").where(theirs))).rowcount == 0
        assert (await connection.execute(site.delete().where(theirs))).rowcount == 0
    with pytest.raises(Exception, match="row-level security"):
        async with walled.database.writing(scope) as connection:
            await connection.execute(
                sa.text(
                    "INSERT INTO external_id (tenant, kind, system, value, record)"
                    " VALUES (:tenant, 'site', 'sap', '9', :tenant)"
                ),
                {"tenant": walled.foreign.id},
            )


async def test_a_unit_limited_to_stations_sees_nothing_besides_in_any_table(walled: Walled) -> None:
    scope = scope_of(walled.own, "test")
    async with walled.database.reading(scope) as connection:
        station = (await connection.execute(sa.select(tables.charging_session.c.station))).scalar_one()
    for stations, seen in (
        (frozenset({station}), {"charging_session", "meter_reading"}),
        (frozenset(), set()),
    ):
        async with walled.database.reading(attrs.evolve(scope, stations=stations)) as connection:
            shown = {table.name for table in OF_TENANTS if await _tenants(connection, table)}
        # The tree itself is what all other walls look a tenant up in.
        assert shown - {"tenant"} <= seen
        assert bool(stations) == ("charging_session" in shown)


async def test_every_table_of_a_tenant_is_limited_to_stations_where_a_unit_is(postgresql_url: str) -> None:
    engine = owner_engine(postgresql_url)
    async with engine.connect() as connection:
        limits = sa.text(
            "SELECT tablename FROM pg_policies WHERE policyname = 'limited' AND permissive = 'RESTRICTIVE'"
        )
        limited = set((await connection.execute(limits)).scalars())
    await engine.dispose()
    assert limited == {table.name for table in OF_TENANTS} - {"tenant"}


async def test_what_a_company_was_granted_it_reads_and_does_not_change(walled: Walled) -> None:
    given = builders.make_grant(tenant=walled.foreign.id, grantee=walled.own.id)
    async with SqlTransactions(walled.database)(scope_of(walled.foreign, "test")) as work:
        await work.grants.add(given)
    grant = tables.access_grant
    async with walled.database.writing(scope_of(walled.own, "test")) as connection:
        assert await _tenants(connection, grant) == {walled.foreign.id}
        assert (await connection.execute(grant.update().values(revoked_at=None))).rowcount == 0
        assert (await connection.execute(grant.delete())).rowcount == 0


async def test_every_table_with_a_tenant_is_walled(postgresql_url: str) -> None:
    engine = owner_engine(postgresql_url)
    async with engine.connect() as connection:
        walls = sa.text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity")
        named = set((await connection.execute(walls)).scalars())
    await engine.dispose()
    assert named == {table.name for table in OF_TENANTS}


async def test_neither_role_is_above_the_walls(postgresql_url: str) -> None:
    engine = owner_engine(postgresql_url)
    async with engine.connect() as connection:
        roles = sa.text(
            "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname LIKE 'emob%'"
        )
        found = {tuple(row) for row in await connection.execute(roles)}
    await engine.dispose()
    assert found == {(APP_ROLE, False, False, False), (WRITER_ROLE, False, False, False)}


async def test_the_writer_touches_the_hot_tables_alone(postgresql_url: str) -> None:
    engine = owner_engine(postgresql_url)
    async with engine.connect() as connection:
        grants = sa.text(
            "SELECT DISTINCT table_name FROM information_schema.role_table_grants WHERE grantee = :role"
        )
        granted = set((await connection.execute(grants, {"role": WRITER_ROLE})).scalars())
    await engine.dispose()
    assert granted == WRITTEN_BY_STATIONS


async def test_the_writer_is_denied_the_tokens(walled: Walled) -> None:
    writer = await walled.database.connect_postgresql()
    try:
        assert await writer.fetchval("SELECT count(*) FROM charging_session") == 3
        for statement in ("SELECT * FROM token", "DELETE FROM token", "DELETE FROM charging_session"):
            with pytest.raises(Exception, match="permission denied"):
                await writer.execute(statement)
    finally:
        await writer.close()


async def test_a_scope_of_everything_sees_everything(walled: Walled) -> None:
    async with walled.database.reading(Scope(walled.own.id, "/", "system:test")) as connection:
        assert len(await _tenants(connection, tables.token)) == 3
