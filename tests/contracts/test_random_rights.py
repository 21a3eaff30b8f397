"""Random trees, roles and grants: whoever is let in sees what a plain reckoning over parents says, and no
more exists for them, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobility_adapters.memory import MemoryAccess, MemoryStore
from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot import SqlDirectories
from emobility_adapters.sql.hot.access import SqlAccess
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.http.admission import admit
from emobility_core.access import BUILT_IN_ROLES, AccessDirectory, Grant, GrantRight, RoleAssignment
from emobility_core.errors import NotFound
from emobility_core.identity import SCOPES
from emobility_core.ids import GrantId, SiteId, StationId, TenantId, shown
from emobility_core.instants import OneClock
from emobility_core.network import Station
from emobility_core.tenancy import Tenant, UnknownTenant
from emobility_core.testing.builders import (
    TENANT,
    make_active,
    make_grant,
    make_role_assignment,
    make_site,
    make_station,
    make_tenant,
    make_token,
)
from emobility_core.testing.clock import FrozenClock
from emobility_core.work import Page, Scope

ERIKA = "subject:erika"
TENANTS, SITES, STATIONS = 6, 3, 5
PERMISSIONS = {
    "stations:read": frozenset({GrantRight.SEE}),
    "sessions:read": frozenset({GrantRight.SEE, GrantRight.BILL}),
    "stations:command": frozenset({GrantRight.OPERATE}),
    "tokens:read": frozenset[GrantRight](),
}


@attrs.frozen(kw_only=True)
class World:
    """Tenants (the first is the root), stations, what Erika, or her client, is, what companies granted, and
    what she asks."""

    tenants: list[Tenant]
    stations: list[Station]
    held: list[RoleAssignment]
    grants: list[Grant]
    home: Tenant
    there: Tenant
    permission: str
    is_client: bool
    vouched: tuple[str, ...]
    grant: Grant | None

    def line(self, id: TenantId) -> list[TenantId]:
        """A tenant and all above it, by parents alone."""
        parents = {TenantId(one.id): one.parent for one in self.tenants}
        found, at = [], cast("TenantId | None", id)
        while at is not None:
            found.append(at)
            at = parents[at]
        return found

    def reckoned(self) -> set[StationId] | None:
        """The stations that Erika sees by what she asks, None where she is not let in."""
        here = TenantId(self.there.id)
        if self.home.id not in self.line(here):
            return None
        limits: list[tuple[SiteId, ...] | None] = [
            one.sites
            for one in self.held
            if one.tenant in self.line(here) and self.permission in BUILT_IN_ROLES[one.role].permissions
        ]
        # What an issuer vouches for counts at home, and so all over what is let in at all.
        limits += [None for role in self.vouched if self.permission in BUILT_IN_ROLES[role].permissions]
        if (
            self.is_client
            and not self.vouched
            and not any(
                one.tenant in self.line(TenantId(self.home.id)) or self.home.id in self.line(one.tenant)
                for one in self.held
            )
        ):
            limits = [None]
        if not limits:
            return None
        everywhere, shared = None in limits, PERMISSIONS[self.permission]
        if self.grant is not None:
            return self._granted(self.grant, here) if everywhere and shared & self.grant.rights else None
        below = {one.id for one in self.stations if here in self.line(one.tenant)}
        if everywhere:
            return below
        sites = {site for limit in limits for site in limit or ()}
        return {one.id for one in self.stations if one.id in below and one.site in sites} if shared else None

    def _granted(self, grant: Grant, here: TenantId) -> set[StationId] | None:
        if grant.grantee not in self.line(here) or grant.revoked_at is not None:
            return None
        return {
            one.id
            for one in self.stations
            if grant.tenant in self.line(one.tenant)
            and (one.id in grant.stations or (one.site is not None and one.site in grant.sites))
        }


@st.composite
def worlds(draw: st.DrawFn) -> World:
    tenants = [make_tenant()]
    for _ in range(TENANTS - 1):
        tenants.append(make_tenant(draw(st.sampled_from(tenants))))
    a_tenant = st.sampled_from(tenants)
    sites = [SiteId(make_site().id) for _ in range(SITES)]
    a_site, some_sites = st.sampled_from(sites), st.lists(st.sampled_from(sites), min_size=1, max_size=2)
    stations = [
        make_station(tenant=draw(a_tenant).id, site=draw(st.none() | a_site)) for _ in range(STATIONS)
    ]
    held = [
        make_role_assignment(
            tenant=draw(a_tenant).id,
            actor=ERIKA,
            role=draw(st.sampled_from(["owner", "viewer", "operator", "driver"])),
            sites=draw(st.none() | some_sites.map(tuple)),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    grants = [
        make_grant(
            tenant=draw(a_tenant).id,
            grantee=draw(a_tenant).id,
            rights=draw(st.frozensets(st.sampled_from(list(GrantRight)), min_size=1)),
            sites=tuple(draw(some_sites)),
            stations=tuple(one.id for one in draw(st.lists(st.sampled_from(stations), max_size=2))),
            revoked_at=draw(st.none() | st.just(FrozenClock().now())),
        )
        for _ in range(2)
    ]
    return World(
        tenants=tenants,
        stations=stations,
        held=held,
        grants=grants,
        home=draw(a_tenant),
        there=draw(a_tenant),
        permission=draw(st.sampled_from(sorted(PERMISSIONS))),
        is_client=draw(st.booleans()),
        vouched=draw(st.sampled_from([(), ("viewer",), ("driver", "operator")])),
        grant=draw(st.none() | st.sampled_from(grants)),
    )


@asynccontextmanager
async def _opened(url: str | None) -> AsyncIterator[tuple[Any, AccessDirectory]]:
    if url is None:
        memory = MemoryStore()
        yield memory.transactions, MemoryAccess(memory.tables)
        return
    database = open_database(url)
    everything = Scope(TENANT, "/", "system:test")
    directories = SqlDirectories(lambda: database.reading(everything))
    yield SqlTransactions(database), SqlAccess(lambda: database.reading(everything), directories.tree)
    await database.dispose()


async def _held_against(world: World, url: str | None) -> None:
    async with _opened(url) as (transactions, rights):
        async with transactions(Scope(TENANT, "/", "system:test")) as work:
            for tenant in world.tenants:
                await work.tenants.add(tenant)
                await work.tokens.add(make_token(tenant=tenant.id))
            for station in world.stations:
                await work.stations.add(station)
                await work.sessions.add(make_active(tenant=station.tenant, station=station.id))
            for one in world.held:
                # Actors of other examples in the same database are others.
                await work.role_assignments.add(attrs.evolve(one, actor=_actor(world)))
            for grant in world.grants:
                await work.grants.add(grant)
        scope = await _let_in(world, rights)
        expected = world.reckoned()
        assert (scope is None) == (expected is None)
        if scope is not None and expected is not None:
            await _sees(world, expected, scope, transactions)


def _actor(world: World) -> str:
    if world.is_client:
        return f"client:{shown('cli', world.tenants[0].id)}"
    return f"{ERIKA}-{world.tenants[0].id.hex}"


async def _let_in(world: World, rights: AccessDirectory) -> Scope | None:
    paths = {one.id: one.path for one in world.tenants}

    async def path_of(id: TenantId) -> str:
        if id not in paths:
            raise UnknownTenant(id)
        return paths[id]

    services = SimpleNamespace(path_of=path_of, rights=rights, clocks=OneClock(FrozenClock()))
    admission = await admit(
        cast("Any", services),
        actor=_actor(world),
        home=TenantId(world.home.id),
        scopes=SCOPES,
        vouched=world.vouched,
        permission=world.permission,
        shared=PERMISSIONS[world.permission],
        tenant=TenantId(world.there.id),
        grant=None if world.grant is None else GrantId(world.grant.id),
    )
    return admission.scope


async def _sees(world: World, expected: set[StationId], scope: Scope, transactions: Any) -> None:
    everything = Page(limit=100, descendants=True)
    async with transactions(scope) as work:
        assert {one.id for one in await work.stations.page(everything)} == expected
        assert {one.station for one in await work.sessions.page(everything)} == expected
        tokens = await work.tokens.page(everything)
        if scope.stations is not None:
            assert tokens == []
        assert all(world.there.id in world.line(one.tenant) for one in tokens)
        for station in world.stations:
            if station.id not in expected:
                with pytest.raises(NotFound):
                    await work.stations.get(station.id)
                with pytest.raises(NotFound):
                    await work.stations.replace(station)


@given(worlds())
@settings(max_examples=150, deadline=None)
def test_what_exists_for_somebody_is_what_a_plain_reckoning_says_in_memory(world: World) -> None:
    asyncio.run(_held_against(world, None))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@given(world=worlds())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_exists_for_somebody_is_what_a_plain_reckoning_says_in_a_database(
    request: pytest.FixtureRequest, kind: str, world: World
) -> None:
    asyncio.run(_held_against(world, _url(request, kind)))


def _url(request: pytest.FixtureRequest, kind: str) -> str:
    url: str = request.getfixturevalue(f"{kind}_url")
    return url
