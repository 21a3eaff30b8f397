"""Row-level security stands behind the scope of every statement: a forgotten scope shows nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._types import JsonText, UtcInstant
from emobility_adapters.sql.engine import APP_ROLE, WRITER_ROLE, Database, open_database, owner_engine
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.ids import StationId, TenantId
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing import builders
from emobility_core.testing.clock import NOON
from emobility_core.work import Scope, StoredAnswer

WRITTEN_BY_STATIONS = {
    "charging_session", "meter_reading", "station_frame", "station_report", "station_state", "connector",
    "doubtful_report", "rated_session", "event", "reacted",
}  # fmt: skip
OF_TENANTS = [table for table in tables.metadata.sorted_tables if "tenant" in table.c]
# What counts for the tenants below is read by them.
HANDED_DOWN = {
    "account_rule", "certificate_authority", "configuration_template", "role", "tariff",
    "tariff_assignment", "tariff_version", "tenant", "tenant_setting", "test_clock",
}  # fmt: skip
# Whose rows are of one client, or of the server itself: each has a wall of its own.
OF_NOBODY = {"idempotency_key", "server_key"}
# What stands outside, and why nothing of a tenant's can be read there.
OUTSIDE = {
    "delivery": "ids of events with what went wrong; subscribers are parts of the server",
    "frames_paired": "how far one job has come",
    "reacted": "ids of events that were dealt with",
    "transfer_worker": "which server processes live",
    "subscriber_position": "how far parts of the server have come in the feed",
}
# What no request takes back: the role may not at all.
NOT_CHANGED = {"audit_entry", "audit_link", "audit_head", "audit_detail", "audit_waiting"}
NOT_REMOVED = NOT_CHANGED - {"audit_waiting"} | {"posting_export"}
# What is written once and for all.
SEALED = {"posting_file", "posting_seal"}
_NUMBERS = count(1)


@attrs.frozen
class Walled:
    """Two companies below one root, each of the three with a row in every table, at a station of its own."""

    database: Database
    root: Tenant
    own: Tenant
    foreign: Tenant
    stations: dict[TenantId, UUID]


# Whatever else stands there is closed, and refuses changes of its own.
_OPEN = {("posting", "state"): "ready", ("posting_batch", "number"): None}


def _value(column: sa.Column[Any], tenant: TenantId, station: UUID) -> Any:
    if column.name == "tenant":
        return tenant
    if column.name == "station" or (column.name == "id" and column.table.name == "station"):
        return station
    if (column.table.name, column.name) in _OPEN:
        return _OPEN[column.table.name, column.name]
    if isinstance(column.type, sa.Uuid):
        return uuid4()
    if isinstance(column.type, UtcInstant):
        return NOON
    if isinstance(column.type, JsonText):
        return {}
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.LargeBinary):
        return b"x"
    return next(_NUMBERS) if isinstance(column.type, sa.Integer) else uuid4().hex


def _row(table: sa.Table, tenant: TenantId, station: UUID) -> dict[str, Any]:
    """Something for every column that the database does not fill itself."""
    drawn = table.autoincrement_column
    columns = (one for one in table.c if one.computed is None and one is not drawn)
    return {one.name: _value(one, tenant, station) for one in columns}


@pytest.fixture
async def walled(postgresql_url: str) -> AsyncIterator[Walled]:
    database, owner = open_database(postgresql_url), owner_engine(postgresql_url)
    root = builders.make_tenant(name="root")
    own, foreign = builders.make_tenant(root), builders.make_tenant(root)
    stations = {one.id: uuid4() for one in (root, own, foreign)}
    async with SqlTransactions(database)(scope_of(root, "test")) as work:
        for tenant in (root, own, foreign):
            await work.tenants.add(tenant)
    async with owner.begin() as connection:
        for table in OF_TENANTS:
            for id, station in stations.items():
                if table.name != "tenant":
                    await connection.execute(table.insert().values(_row(table, id, station)))
        await connection.execute(tables.server_key.insert().values(name="hmac", value="key"))
    await owner.dispose()
    yield Walled(database, root, own, foreign, stations)
    await database.dispose()


async def _tenants(connection: AsyncConnection, table: sa.Table) -> set[TenantId]:
    return set((await connection.execute(sa.select(table.c.tenant))).scalars())


async def test_a_plain_select_sees_the_own_row_of_every_table_and_no_other(walled: Walled) -> None:
    async with walled.database.reading(scope_of(walled.own, "test")) as connection:
        for table in OF_TENANTS:
            above = {walled.root.id} if table.name in HANDED_DOWN else set()
            assert await _tenants(connection, table) == {walled.own.id} | above, table.name


async def _done(connection: AsyncConnection, statement: Any) -> int | str:
    """How many rows a statement touches, or why it may not; nothing of it is kept."""
    kept = await connection.begin_nested()
    try:
        return (await connection.execute(statement)).rowcount
    except sa.exc.DBAPIError as error:
        return str(error.orig)
    finally:
        await kept.rollback()


async def test_every_table_is_written_changed_and_emptied_within_the_scope_alone(walled: Walled) -> None:
    foreign, station = walled.foreign.id, walled.stations[walled.foreign.id]
    async with walled.database.writing(scope_of(walled.own, "test")) as connection:
        for table in OF_TENANTS:
            if table.name == "tenant":
                continue
            changed, removed = table.update().values(tenant=table.c.tenant), table.delete()
            for statement, refused in ((changed, NOT_CHANGED), (removed, NOT_REMOVED)):
                denied = f"permission denied for table {table.name}" if table.name in refused else 1
                expected = f"{table.name} is sealed" if table.name in SEALED else denied
                assert await _done(connection, statement) == expected, table.name
            given = table.insert().values(_row(table, foreign, station))
            assert "row-level security" in str(await _done(connection, given)), table.name
            if table.name not in NOT_CHANGED | SEALED:
                moved = table.update().values(tenant=foreign)
                assert "row-level security" in str(await _done(connection, moved)), table.name


async def test_a_connection_without_a_scope_sees_nothing_even_after_a_unit(walled: Walled) -> None:
    async with walled.database.reading(scope_of(walled.own, "test")) as connection:
        assert await _tenants(connection, tables.site)
    async with walled.database.writer.connect() as connection:
        # The pool gives back the connection of that unit.
        setting = sa.text("SELECT current_setting('emobility.scope', true)")
        assert (await connection.execute(setting)).scalar_one() == ""
        for table in OF_TENANTS:
            assert await _tenants(connection, table) == set(), table.name


async def test_a_unit_limited_to_stations_sees_nothing_besides_in_any_table(walled: Walled) -> None:
    scope = scope_of(walled.own, "test")
    of_stations = {table.name for table in OF_TENANTS if "station" in table.c} | {"station"}
    # What charging costs there, and whom, is the owner's business alone.
    of_stations -= {"tariff_assignment"}
    for stations, seen in (
        ({walled.stations[walled.own.id]}, of_stations),
        ({walled.stations[walled.foreign.id]}, set()),
        (set(), set()),
    ):
        limited = attrs.evolve(scope, stations=frozenset(map(StationId, stations)))
        async with walled.database.reading(limited) as connection:
            shown = {table.name for table in OF_TENANTS if await _tenants(connection, table)}
        # The tree itself is what all other walls look a tenant up in.
        assert shown - {"tenant"} == seen


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
        assert await _tenants(connection, grant) == {walled.own.id, walled.foreign.id}
        assert (await connection.execute(grant.update().values(revoked_at=None))).rowcount == 1
        assert (await connection.execute(grant.delete())).rowcount == 1


async def test_every_table_with_a_tenant_is_walled(postgresql_url: str) -> None:
    engine = owner_engine(postgresql_url)
    async with engine.connect() as connection:
        walls = sa.text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity")
        named = set((await connection.execute(walls)).scalars())
    await engine.dispose()
    assert named == {table.name for table in OF_TENANTS} | OF_NOBODY
    assert set(tables.metadata.tables) - named == OUTSIDE.keys()


async def test_an_answer_is_there_for_its_client_alone(walled: Walled) -> None:
    table = tables.idempotency_key
    for tenant in (walled.own, walled.foreign):
        async with SqlTransactions(walled.database)(scope_of(tenant, "test")) as work:
            stored = StoredAnswer(
                client=tenant.id.hex, key="", digest="", status=201, body="", headers={}, created_at=NOON
            )
            await work.idempotency_keys.add(stored)
    async with SqlTransactions(walled.database)(scope_of(walled.own, "test")) as work:
        told = sa.select(table.c.client)
        assert (await work.connection.execute(told)).scalars().all() == []
        assert await work.idempotency_keys.find(walled.own.id.hex, "") is not None
        assert (await work.connection.execute(told)).scalars().all() == [walled.own.id.hex]
        assert (await work.connection.execute(table.delete())).rowcount == 1


async def test_no_unit_of_a_tenant_reads_the_servers_keys(walled: Walled) -> None:
    table = tables.server_key
    for scope, known in ((scope_of(walled.root, "test"), 0), (Scope(walled.root.id, "/", "system:test"), 1)):
        async with walled.database.writing(scope) as connection:
            assert len((await connection.execute(sa.select(table.c.name))).all()) == known
            assert await _done(connection, table.update().values(value=table.c.value)) == known
            for statement in (table.delete(), table.insert().values(name="x", value="x")):
                assert "permission denied" in str(await _done(connection, statement))


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
