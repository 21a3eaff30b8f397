"""`emobility ca`: certificate authorities for stations."""

from __future__ import annotations

import click

from emobility_adapters.sql.keys import server_key
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import explained
from emobility_app.cli.loop import run
from emobility_app.cli.options import database_option, passphrase_option
from emobility_app.securing import certifier
from emobility_app.store import by_command, opened, tenant_named
from emobility_core.certificates import (
    CertificateAuthority,
    FoundAuthority,
    KeyKind,
    add_authority,
    found_authority,
)
from emobility_core.ids import TenantId, shown


@click.group()
def ca() -> None:
    """Certificate authorities that vouch for stations."""


@ca.command()
@click.option("--organization", required=True, help="The operator: the O of all that it signs.")
@click.option("--name", default="Stations", show_default=True, help="What it is called; its CN.")
@click.option(
    "--key",
    type=click.Choice([kind.value for kind in KeyKind]),
    default=KeyKind.ECDSA.value,
    show_default=True,
    help="The kind of its key.",
)
@click.option("--tenant", default="root", show_default=True, help="Name or id of the tenant it is for.")
@passphrase_option
@database_option
@json_option
def create(
    organization: str,
    name: str,
    key: str,
    tenant: str,
    ca_passphrase: str | None,
    database: str,
    as_json: bool,
) -> None:
    """Create an authority and print its certificate, which stations and installers may have.

    Its key is stored encrypted: with the passphrase, which `serve` then needs too, or with a key of the
    server's own.
    """
    wanted = FoundAuthority(name=name, organization=organization, key=KeyKind(key))
    with explained():
        made = run(_create(database, tenant, wanted, ca_passphrase))
    facts = {"authority": shown("cau", made.id), "certificate": made.certificate, "tenant": tenant}
    Console(as_json).result(facts, text=made.certificate)


async def _create(
    database: str, tenant: str, wanted: FoundAuthority, passphrase: str | None
) -> CertificateAuthority:
    async with opened(database) as store:
        owner = await tenant_named(store, tenant)
        key = await server_key(store.transactions.database, "hmac")
        made = await found_authority(
            wanted,
            tenant=TenantId(owner.id),
            certifier=certifier(passphrase, key),
            at=store.clock.now(),
            ids=store.ids,
        )
        async with store.transactions(by_command(owner, "ca create")) as work:
            await add_authority(made, work=work, ids=store.ids)
    return made
