"""`emobility migrate`: brings a database to the present schema."""

from __future__ import annotations

import click

from emobility_adapters.sql.urls import without_password
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import explained
from emobility_app.cli.loop import run
from emobility_app.cli.options import database_option
from emobility_app.store import migrated


@click.command()
@database_option
@json_option
def migrate(database: str, as_json: bool) -> None:
    """Make or update tables, policies, the tenant `root` and the server's keys. Harmless to repeat."""
    shown = without_password(database)
    with explained():
        revision = run(migrated(database))
    Console(as_json).result(
        {"database": shown, "schema": revision}, text=f"{shown} has schema version {revision}"
    )
