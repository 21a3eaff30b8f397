"""`emobility client`: API clients made, listed, switched on and off, and given new secrets."""

from __future__ import annotations

from datetime import timedelta

import click

from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import explained
from emobility_app.cli.loop import run
from emobility_app.cli.options import DurationType, database_option
from emobility_app.clients import NewClient, create_client, rotate_secret, switch_client
from emobility_app.store import EVERYTHING, opened, tenant_named
from emobility_core.identity import SCOPES, ApiClient
from emobility_core.ids import ClientId, parse_id, shown
from emobility_core.work import Page


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


@client.command("list")
@database_option
@json_option
def list_(database: str, as_json: bool) -> None:
    """List the clients of all tenants."""
    with explained():
        found = run(_list(database))
    facts = [
        {
            "client_id": shown("cli", one.id),
            "name": one.name,
            "enabled": one.enabled,
            "authentication": one.authentication.value,
            "scopes": list(one.scopes),
        }
        for one in found
    ]
    lines = [f"{shown('cli', one.id)}  {'on ' if one.enabled else 'off'}  {one.name}" for one in found]
    Console(as_json).result({"clients": facts}, text="\n".join(lines))


@client.command()
@click.argument("client_id", metavar="CLIENT")
@click.option(
    "--previous-for",
    type=DurationType(),
    default="24h",
    show_default=True,
    help="How long the secret so far counts as well; 0s ends it at once.",
)
@database_option
@json_option
def rotate(client_id: str, previous_for: timedelta, database: str, as_json: bool) -> None:
    """Give a client a new secret and print it. It is shown once and never stored."""
    with explained():
        made = run(_rotate(database, ClientId(parse_id("cli", client_id)), previous_for))
    facts = {"client_id": made.id, "client_secret": made.secret}
    Console(as_json).result(facts, text=f"client_id      {made.id}\nclient_secret  {made.secret}")


@client.command()
@click.argument("client_id", metavar="CLIENT")
@database_option
def disable(client_id: str, database: str) -> None:
    """Switch a client off: a running server refuses it, and the tokens that it has, at once."""
    with explained():
        run(_switch(database, ClientId(parse_id("cli", client_id)), False))
    Console(False).result({}, text=f"{client_id} is switched off")


@client.command()
@click.argument("client_id", metavar="CLIENT")
@database_option
def enable(client_id: str, database: str) -> None:
    """Switch a client on again."""
    with explained():
        run(_switch(database, ClientId(parse_id("cli", client_id)), True))
    Console(False).result({}, text=f"{client_id} is switched on")


async def _list(database: str) -> list[ApiClient]:
    async with opened(database) as store, store.transactions.reading(EVERYTHING) as work:
        return await work.api_clients.page(Page(limit=_MOST_LISTED, descendants=True))


async def _rotate(database: str, id: ClientId, previous_for: timedelta) -> NewClient:
    async with opened(database) as store:
        return await rotate_secret(id, previous_for=previous_for, everything=EVERYTHING, store=store)


async def _switch(database: str, id: ClientId, enabled: bool) -> None:
    async with opened(database) as store:
        await switch_client(id, enabled, everything=EVERYTHING, store=store)


_MOST_LISTED = 10_000
