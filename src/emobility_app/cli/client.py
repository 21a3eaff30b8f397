"""`emobility client create`: an API client with its secret."""

from __future__ import annotations

import click

from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import explained
from emobility_app.cli.loop import run
from emobility_app.cli.options import database_option
from emobility_app.clients import NewClient, create_client
from emobility_app.store import opened, tenant_named
from emobility_core.identity import SCOPES


class Scopes(click.ParamType[tuple[str, ...]]):
    """OAuth 2.0 scopes, separated by spaces or commas."""

    name = "SCOPES"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        scopes = tuple(dict.fromkeys(str(value).replace(",", " ").split()))
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            known = " ".join(sorted(SCOPES))
            self.fail(f"{' '.join(unknown) or 'nothing'} is no scope; there are: {known}", param, ctx)
        return scopes


@click.group()
def client() -> None:
    """Clients of the HTTP API."""


@client.command()
@click.option("--scopes", type=Scopes(), required=True, help='What it may do: "sessions:read events:read".')
@click.option("--tenant", default="root", show_default=True, help="Name or id of the tenant it acts for.")
@click.option("--name", default="command line", show_default=True, help="What people call it.")
@database_option
@json_option
def create(scopes: tuple[str, ...], tenant: str, name: str, database: str, as_json: bool) -> None:
    """Create a client and print its id and secret. The secret is shown once and never stored."""
    with explained():
        made = run(_create(database, tenant, name, scopes))
    facts = {"client_id": made.id, "client_secret": made.secret, "scopes": list(scopes), "tenant": tenant}
    Console(as_json).result(facts, text=f"client_id      {made.id}\nclient_secret  {made.secret}")


async def _create(database: str, tenant: str, name: str, scopes: tuple[str, ...]) -> NewClient:
    async with opened(database) as store:
        owner = await tenant_named(store, tenant)
        return await create_client(name, scopes, tenant=owner, store=store)
