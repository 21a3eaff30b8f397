"""`emobility user`: people who sign in here, made and let in."""

from __future__ import annotations

import click

from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import explained
from emobility_app.cli.loop import run
from emobility_app.cli.options import database_option
from emobility_app.store import opened, tenant_named
from emobility_app.users import create_user, new_link
from emobility_core.access import BUILT_IN_ROLES
from emobility_core.ids import shown

_PATH = "/sign-in/password?link="


@click.group()
def user() -> None:
    """People who sign in here."""


@user.command()
@click.argument("email")
@click.option("--name", default="", help="What people call them.")
@click.option("--role", type=click.Choice(list(BUILT_IN_ROLES)), default=None, help="What they may do there.")
@click.option("--tenant", default="root", show_default=True, help="Name or id of the tenant.")
@click.option("--url", default="", help="The server's public URL, to print the link whole.")
@database_option
@json_option
def create(
    email: str, name: str, role: str | None, tenant: str, url: str, database: str, as_json: bool
) -> None:
    """Make a user and print the link that sets the password, once, within three days."""
    with explained():
        id, link = run(_create(database, email, name, role, tenant))
    whole = f"{url.rstrip('/')}{_PATH}{link}"
    Console(as_json).result({"user": id, "password_link": whole}, text=f"user  {id}\nlink  {whole}")


@user.command()
@click.argument("email")
@click.option("--tenant", default="root", show_default=True, help="Name or id of the tenant.")
@click.option("--url", default="", help="The server's public URL, to print the link whole.")
@database_option
@json_option
def link(email: str, tenant: str, url: str, database: str, as_json: bool) -> None:
    """Make a new link that sets the password of a user."""
    with explained():
        made = run(_link(database, email, tenant))
    if made is None:
        raise click.ClickException(f"nobody of {tenant} has the e-mail address {email}")
    whole = f"{url.rstrip('/')}{_PATH}{made}"
    Console(as_json).result({"password_link": whole}, text=whole)


async def _create(database: str, email: str, name: str, role: str | None, tenant: str) -> tuple[str, str]:
    async with opened(database) as store:
        owner = await tenant_named(store, tenant)
        made, link = await create_user(email, name, role, tenant=owner, store=store)
    return shown("usr", made.id), link


async def _link(database: str, email: str, tenant: str) -> str | None:
    async with opened(database) as store:
        return await new_link(email, tenant=await tenant_named(store, tenant), store=store)
