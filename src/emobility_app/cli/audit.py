"""`emobility audit verify`: whether the audit log is as it was written."""

from __future__ import annotations

from typing import Any

import attrs
import click

from emobility_adapters.sql.feed import SqlFeed
from emobility_app.auditing import seal_waiting
from emobility_app.chains import check_chain
from emobility_app.cli.console import Console, json_option
from emobility_app.cli.failures import Exit, Failure, explained
from emobility_app.cli.loop import run
from emobility_app.cli.options import database_option
from emobility_app.store import EVERYTHING, Store, opened, tenant_named
from emobility_core.audit import ChainVerdict
from emobility_core.ids import TenantId, shown
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.work import Page

_AT_ONCE = 200


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@click.option("--tenant", default=None, help="Name or id of one tenant (default: all of them).")
@database_option
@json_option
def verify(tenant: str | None, database: str, as_json: bool) -> None:
    """Go along the chains of the audit log and name the first place of each that does not hold."""
    console = Console(as_json)
    with explained():
        found = run(_verify(database, tenant))
    broken = [(one, verdict) for one, verdict in found if verdict.broken is not None]
    facts = {"chains": [_told(one, verdict) for one, verdict in found], "broken": len(broken)}
    console.result(facts, text="\n".join(_line(one, verdict) for one, verdict in found))
    if broken:
        raise Failure(f"{len(broken)} of {len(found)} chains are broken.", Exit.FAILED)


async def _verify(database: str, named: str | None) -> list[tuple[Tenant, ChainVerdict]]:
    async with opened(database) as store:
        tenants = await _tenants(store) if named is None else [await tenant_named(store, named)]
        # Without a server nobody has given places to what the command line has done.
        await seal_waiting(store.transactions, store.transactions.reading, EVERYTHING)
        feed = SqlFeed(store.transactions.database, EVERYTHING)
        return [
            (
                one,
                await check_chain(
                    scope_of(one, "system:audit verify"), reading=store.transactions.reading, feed=feed
                ),
            )
            for one in tenants
        ]


async def _tenants(store: Store) -> list[Tenant]:
    found: list[Tenant] = []
    while True:
        page = Page(limit=_AT_ONCE, after=found[-1].id if found else None, descendants=True)
        async with store.transactions.reading(EVERYTHING) as work:
            more = await work.tenants.page(page)
        found.extend(more)
        if len(more) < _AT_ONCE:
            return found


def _told(tenant: Tenant, verdict: ChainVerdict) -> dict[str, Any]:
    broken = verdict.broken
    return {
        "tenant": shown("ten", TenantId(tenant.id)),
        "checked": verdict.checked,
        "head": verdict.head,
        "broken": None if broken is None else attrs.asdict(broken) | {"fault": broken.fault.value},
    }


def _line(tenant: Tenant, verdict: ChainVerdict) -> str:
    name, broken = f"{shown('ten', TenantId(tenant.id))} {tenant.name}", verdict.broken
    if broken is None:
        return f"{name}: {verdict.checked} entries hold; the last hash is {verdict.head}"
    entry = "" if broken.entry is None else f", {broken.entry}"
    return f"{name}: BROKEN at place {broken.seq} ({broken.fault.value}{entry})"
