"""Bringing a database to the present schema: tables, policies, the tenant `root` and the server's keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import attrs
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.engine import Database, open_database, owner_engine
from emobility_core.errors import Conflict
from emobility_core.ids import Ids, TenantId
from emobility_core.instants import Clock
from emobility_core.tenancy import ROOT_NAME, Tenant, root_path

_LOCK = 7_301_945


@attrs.frozen
class SchemaTooNew(Conflict):
    """The database was migrated by a newer version of this program.

    Remedy: use that version, or restore the backup that was made before it.
    """

    code = "schema-too-new"
    revision: str


async def migrate(url: str, *, clock: Clock, ids: Ids, new_signing_key: Callable[[], str]) -> str:
    """Migrate and return the schema's revision; does nothing where nothing is to be done.

    Two processes may do it at once. Raises `DatabaseUnavailable` and `SchemaTooNew`.
    """
    database = open_database(url)
    engine = owner_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(lambda sync: _migrate(sync, clock, ids, new_signing_key))
    except (sa.exc.DBAPIError, OSError) as error:
        raise database.unavailable(error) from error
    finally:
        await engine.dispose()
        await database.dispose()


def _migrate(connection: sa.Connection, clock: Clock, ids: Ids, new_signing_key: Callable[[], str]) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = _config(connection)
    newest = ScriptDirectory.from_config(config).get_current_head() or ""
    present = MigrationContext.configure(connection).get_current_revision()
    if present is not None and present > newest:
        raise SchemaTooNew(present)
    if present != newest:
        command.upgrade(config, "head")
    _make_root(connection, clock, ids)
    for name, make in (("hmac", lambda: secrets.token_hex(32)), ("signing", new_signing_key)):
        _make_key(connection, name, make)
    return newest


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("emobility_adapters.sql") / "migrations"))
    config.attributes["connection"] = connection
    return config


def _make_root(connection: sa.Connection, clock: Clock, ids: Ids) -> None:
    if connection.execute(sa.select(tables.tenant.c.id).limit(1)).first() is not None:
        return
    now = clock.now()
    id = TenantId(ids.uuid7(now))
    root = Tenant(id=id, tenant=id, created_at=now, updated_at=now, name=ROOT_NAME, path=root_path(id))
    connection.execute(tables.tenant.insert().values(rows.unstructure(root)))


def _make_key(connection: sa.Connection, name: str, make: Callable[[], str]) -> None:
    table = tables.server_key
    if connection.execute(sa.select(table.c.name).where(table.c.name == name)).first() is None:
        connection.execute(table.insert().values({"name": name, "value": make()}))


async def schema_revision(database: Database) -> tuple[str | None, str]:
    """Return the database's revision (None before the first) and the one that this program needs."""
    # On PostgreSQL the server's own role may not exist yet; on SQLite a reader leaves the file as it is.
    engine = database.reader if database.is_sqlite else owner_engine(database.url)
    try:
        async with engine.connect() as connection:
            present = await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    except (sa.exc.DBAPIError, OSError) as error:
        raise database.unavailable(error) from error
    finally:
        await engine.dispose()
    return present, _newest()


@cache
def _newest() -> str:
    """Alembic reads every migration for it, which do not change while a program runs."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""
