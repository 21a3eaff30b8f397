"""What it costs a request to be let in: its token looked up, who holds what decided, its scope made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql.hot import SqlDirectories
from emobility_adapters.sql.hot.access import SqlAccess
from emobility_adapters.sql.hot.principals import SqlPrincipals
from emobility_adapters.system import SystemClock, SystemIds
from emobility_app.auth import AccessTokens, SigningKeys, new_signing_key
from emobility_app.auth.access import Access
from emobility_app.http.admission import admitted
from emobility_app.store import EVERYTHING, Store, migrated, opened, tenant_named
from emobility_core.access import GrantRight
from emobility_core.identity import SCOPES, ApiClient
from emobility_core.ids import shown
from emobility_core.instants import OneClock
from emobility_core.tenancy import ROOT_NAME
from emobility_core.testing.builders import (
    make_client,
    make_grant,
    make_role_assignment,
    make_station,
    make_tenant,
)

_BATCH = 5_000
_ROLES = ("viewer", "driver", "billing", "fleet-manager", "operator")
_STATIONS = 500
_ISSUER = "https://bench.example"

Request = Callable[[], Awaitable[object]]


def authorization_cpu_us(folder: Path, rounds: int) -> float:
    """Microseconds of CPU for each request, of the dearest of three kinds: of a client with the scopes of its
    token, of one with five roles, and of that one under a grant of 500 stations; everything remembered."""
    return asyncio.run(_dearest(folder, rounds))


async def _dearest(folder: Path, rounds: int) -> float:
    url = f"sqlite:///{folder / 'authorization.db'}"
    await migrated(url)
    async with opened(url) as store:
        kinds = await _kinds(store)
        return max([await _median_us(request, rounds) for request in kinds])


async def _median_us(request: Request, rounds: int) -> float:
    await request()
    found = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(_BATCH):
            await request()
        found.append((time.process_time() - began) / _BATCH * 1e6)
    return median(found)


async def _kinds(store: Store) -> list[Request]:
    root = await tenant_named(store, ROOT_NAME)
    scopes = tuple(sorted(SCOPES))
    taker = make_tenant(root)
    free, bound = (make_client(tenant=taker.id, scopes=scopes) for _ in range(2))
    stations = [make_station(tenant=root.id) for _ in range(_STATIONS)]
    grant = make_grant(tenant=root.id, grantee=taker.id, stations=tuple(one.id for one in stations))
    actor = f"client:{shown('cli', bound.id)}"
    async with store.transactions(EVERYTHING) as work:
        await work.tenants.add(taker)
        await work.api_clients.add_all([free, bound])
        await work.stations.add_all(stations)
        await work.grants.add(grant)
        for role in _ROLES:
            await work.role_assignments.add(make_role_assignment(tenant=taker.id, actor=actor, role=role))

    def connect() -> AbstractAsyncContextManager[AsyncConnection]:
        return store.transactions.database.reading(EVERYTHING)

    directories = SqlDirectories(connect)
    signing, clock = new_signing_key(), SystemClock()
    services = SimpleNamespace(
        path_of=directories.tree.path, rights=SqlAccess(connect, directories.tree), clocks=OneClock(clock)
    )

    async def kept() -> str:
        return signing

    keys = SigningKeys(kept, clock)
    await keys.ready()
    tokens = AccessTokens(keys, issuer=_ISSUER, clock=clock, ids=SystemIds())
    # Nobody outside is asked: the tokens are ours.
    access = Access(tokens, SqlPrincipals(connect), cast("Any", None), directories.tree.path)

    def of(client: ApiClient, header: str | None) -> Request:
        token = tokens.issue(client, scopes)

        async def request() -> object:
            return await admitted(
                cast("Any", services),
                await access.caller(token),
                permission="stations:read",
                shared=frozenset({GrantRight.SEE}),
                tenant=None,
                grant=header,
            )

        return request

    return [of(free, None), of(bound, None), of(bound, shown("gra", grant.id))]
