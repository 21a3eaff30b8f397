"""A database opened for one task of the command line, without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import attrs

from emobility_adapters.sql.diagnosis import diagnose
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.keys import server_key
from emobility_adapters.sql.migration import SchemaTooNew
from emobility_adapters.sql.migration import migrate as to_newest
from emobility_adapters.sql.urls import without_password
from emobility_adapters.sql.work import SqlTransactions
from emobility_adapters.system import SystemClock, SystemIds
from emobility_app.auditing import auditor
from emobility_app.auth import new_signing_key
from emobility_app.clocks import load_clocks
from emobility_app.digests import keyed_digest
from emobility_core.audit import Auditor
from emobility_core.clocks import TenantClocks
from emobility_core.errors import Conflict, Unavailable
from emobility_core.ids import TenantId, parse_id
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.work import Deed, Page, Scope

# The whole tree, whoever its root is.
EVERYTHING = Scope.system(TenantId(UUID(int=0)), "/", "command line")


def by_command(tenant: Tenant, command: str) -> Scope:
    """The scope of what a command of the command line does; whoever may open the database may do it."""
    return commanded(scope_of(tenant, "system:command line"), command)


def commanded(scope: Scope, command: str, *, named: tuple[str, ...] = ()) -> Scope:
    """The scope with what a command of the command line does to what is so named."""
    deed = Deed(operation=f"emobility {command}", named=named, allowed_by={"access": "database"})
    return attrs.evolve(scope, deed=deed)


@attrs.frozen
class DatabaseAbsent(Unavailable):
    """There is no database under this URL.

    Remedy: run `emobility migrate` to make one, or `emobility serve`, which makes it at its start.
    """

    code = "database-absent"
    url: str


@attrs.frozen
class SchemaOutdated(Unavailable):
    """The database has no schema yet, or one that is older than this program.

    Remedy: back it up if it holds anything, then run `emobility migrate`.
    """

    code = "schema-outdated"
    url: str
    schema: str | None


@attrs.frozen
class TenantNotClear(Conflict):
    """No tenant, or more than one, has this name.

    Remedy: give the tenant's id (ten_...), as the list of tenants shows it.
    """

    code = "tenant-not-clear"
    name: str


@attrs.frozen
class Store:
    """What commands do their work with; `digest` is keyed with the server's own key."""

    transactions: SqlTransactions
    clock: SystemClock
    ids: SystemIds
    digest: Callable[[bytes], str]
    auditor: Auditor


async def migrated(url: str) -> str:
    """Bring the database to the newest schema and return its version."""
    return await to_newest(url, clock=SystemClock(), ids=SystemIds(), new_signing_key=new_signing_key)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open a database that is there and up to date; raises what `require_ready` raises."""
    await require_ready(url)
    database = open_database(url)
    try:
        digest = keyed_digest(await server_key(database, "hmac"))
        clock, ids = SystemClock(), SystemIds()
        clocks = TenantClocks(clock)
        await load_clocks(clocks, SqlTransactions(database).reading, EVERYTHING)
        written_by = auditor(clock, ids, clocks)
        yield Store(SqlTransactions(database, auditor=written_by), clock, ids, digest, written_by)
    finally:
        await database.dispose()


async def require_ready(url: str) -> None:
    """Return if the database is there and has this program's schema.

    Raises `DatabaseAbsent`, `SchemaOutdated`, `SchemaTooNew` and `DatabaseUnavailable`.
    """
    found, shown = await diagnose(url), without_password(url)
    if found is None:
        raise DatabaseAbsent(shown)
    if found.schema is not None and found.schema > found.newest:
        raise SchemaTooNew(found.schema)
    if found.schema != found.newest:
        raise SchemaOutdated(shown, found.schema)


async def tenant_named(store: Store, text: str) -> Tenant:
    """Find a tenant by its id or its name; raises `TenantNotClear`, `UnknownTenant`, `MalformedId`."""
    async with store.transactions.reading(EVERYTHING) as work:
        if text.startswith("ten_"):
            tenant: Tenant = await work.tenants.get(TenantId(parse_id("ten", text)))
            return tenant
        found = await work.tenants.page(Page(filters={"name": [text]}, descendants=True))
    if len(found) != 1:
        raise TenantNotClear(text)
    return found[0]
