"""`emobility backup` and `emobility restore`, for SQLite; PostgreSQL has tools of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from emobility_adapters.sql.backups import back_up
from emobility_adapters.sql.backups import restore as put_back
from emobility_adapters.sql.urls import sqlite_path
from emobility_app.cli.console import Console, OnProgress, json_option
from emobility_app.cli.failures import Exit, Failure, explained
from emobility_app.cli.loop import run
from emobility_app.cli.options import database_option
from emobility_app.store import SchemaOutdated, by_command, opened, tenant_named
from emobility_core.tenancy import ROOT_NAME

_FORCE = click.option("--force", is_flag=True, help="Overwrite a file that is there.")


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@database_option
@_FORCE
@json_option
def backup(path: Path, database: str, force: bool, as_json: bool) -> None:
    """Copy the database to PATH, also while a server uses it, and check the copy."""
    console = Console(as_json)
    source = _file(database)
    if not source.exists():
        raise Failure(f"There is no database at {source}.", Exit.DATABASE)
    with explained(), console.progress("backup") as progress:
        size = back_up(source, path, overwrite=force, on_pages=_pages(progress))
    console.result({"path": str(path), "bytes": size}, text=f"{path}: {size:,} bytes, checked")


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@database_option
@_FORCE
@json_option
def restore(path: Path, database: str, force: bool, as_json: bool) -> None:
    """Put the backup at PATH in the place of the database; stop the server before."""
    console = Console(as_json)
    target = _file(database)
    with explained(), console.progress("restore") as progress:
        put_back(path, target, overwrite=force, on_pages=_pages(progress))
        run(_note(database))
    console.result({"database": database, "restored": str(path)}, text=f"{target} is as {path} was")


async def _note(database: str) -> None:
    """The log of the database that was put back says that it was; an older schema has no room for it."""
    with suppress(SchemaOutdated):
        async with opened(database) as store:
            root = await tenant_named(store, ROOT_NAME)
            scope = by_command(root, "restore")
            entry, details = store.auditor.entry(scope, scope.tenant, ())
            async with store.transactions(scope) as work:
                await work.audit_entries.add(entry, details)


def _file(database: str) -> Path:
    path = sqlite_path(database)
    if path is None:
        message = "For PostgreSQL use pg_dump and pg_restore: see docs/how-to/back-up-and-restore.md."
        raise Failure(message, Exit.USAGE)
    return Path(path)


def _pages(progress: OnProgress) -> Callable[[int, int], None]:
    return lambda done, total: progress(done, total, "pages")
