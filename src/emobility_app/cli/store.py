"""A database opened for one command, without a server."""

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
from emobility_adapters.sql.work import SqlTransactions
from emobility_adapters.system import SystemClock, SystemIds
from emobility_app.auth import new_signing_key
from emobility_app.cli.failures import Exit, Failure
from emobility_app.digests import keyed_digest
from emobility_app.settings import without_password
from emobility_core.ids import TenantId, parse_id
from emobility_core.tenancy import Tenant
from emobility_core.work import Page, Scope

# The whole tree, whoever its root is.
EVERYTHING = Scope.system(TenantId(UUID(int=0)), "/", "command line")


@attrs.frozen
class Store:
    """What commands do their work with; `digest` is keyed with the server's own key."""

    transactions: SqlTransactions
    clock: SystemClock
    ids: SystemIds
    digest: Callable[[bytes], str]


async def migrated(url: str) -> str:
    """Bring the database to the newest schema and return its version."""
    return await to_newest(url, clock=SystemClock(), ids=SystemIds(), new_signing_key=new_signing_key)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Open a database that is there and up to date; a `Failure` says what to do about any other."""
    await require_ready(url)
    database = open_database(url)
    try:
        digest = keyed_digest(await server_key(database, "hmac"))
        yield Store(SqlTransactions(database), SystemClock(), SystemIds(), digest)
    finally:
        await database.dispose()


async def require_ready(url: str) -> None:
    """Return if the database is there and has this program's schema; else raise what says why not."""
    found, shown = await diagnose(url), without_password(url)
    if found is None:
        raise Failure(f"There is no database at {shown}. Run `emobility migrate` first.", Exit.DATABASE)
    if found.schema is not None and found.schema > found.newest:
        raise SchemaTooNew(found.schema)
    if found.schema != found.newest:
        has = "no schema yet" if found.schema is None else "an older schema: back it up first"
        raise Failure(f"The database {shown} has {has}. Run `emobility migrate`.", Exit.DATABASE)


async def tenant_named(store: Store, text: str) -> Tenant:
    """Find a tenant by its id or its name, which must be clear."""
    async with store.transactions.reading(EVERYTHING) as work:
        if text.startswith("ten_"):
            tenant: Tenant = await work.tenants.get(TenantId(parse_id("ten", text)))
            return tenant
        found = await work.tenants.page(Page(filters={"name": [text]}, descendants=True))
    if len(found) != 1:
        which = "There is no" if not found else "There is more than one"
        raise Failure(f"{which} tenant named {text!r}: give its id (ten_...).")
    return found[0]
