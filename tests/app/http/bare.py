"""The API alone, over the in-memory store and a clock that stands still: any of its ports can be swapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs
import httpx
import pytest
from argon2 import PasswordHasher

from emobility_adapters.memory import (
    MemoryAccess,
    MemoryFiles,
    MemoryPrincipals,
    MemoryRunningSessions,
    MemoryStore,
    MemoryTariffs,
    MemoryTokens,
)
from emobility_adapters.ocpp.v16.replay import replaying
from emobility_adapters.passwords import ArgonPasswords
from emobility_adapters.pki import PkiCertifier, ThreadedCertifier
from emobility_adapters.webhooks import SealedSecrets
from emobility_app.auditing import auditor
from emobility_app.auth import (
    AccessTokens,
    ExternalTokens,
    Issuing,
    SigningKeys,
    StoredTrusts,
    TokenEndpoint,
    new_signing_key,
)
from emobility_app.auth.handles import Handles
from emobility_app.auth.people import People
from emobility_app.denials import Denials
from emobility_app.digests import keyed_digest
from emobility_app.http.admission import held_at_home
from emobility_app.http.app import build_app
from emobility_app.http.endpoint import Endpoint
from emobility_app.http.services import Services
from emobility_app.limits import Quota, RateLimits
from emobility_app.posting_formats import ExportFormats
from emobility_app.relay import FollowedFeed, Tail
from emobility_app.transfers import Transfers
from emobility_app.visitors import Visitors
from emobility_core.accounting import JsonExport
from emobility_core.charging import ChargingTools
from emobility_core.identity import SCOPES, ApiClient, IdentityTools, IssuerUnreachable, User
from emobility_core.ids import ClientId, TenantId
from emobility_core.instants import Clock, Instant
from emobility_core.reach import Reach
from emobility_core.tenancy import Tenant, UnknownTenant, scope_of
from emobility_core.testing.builders import make_client, make_tenant
from emobility_core.testing.clock import FrozenClock, SeededIds
from emobility_core.webhooks import WebhookReach

URL = "https://emobility.example"
# Slow enough for nobody: these tests are not about guessing.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@attrs.frozen(kw_only=True)
class Bare:
    """What the API is made of; `client` holds every scope in `tenant`."""

    services: Services
    store: MemoryStore
    clock: FrozenClock
    tenant: Tenant
    client: ApiClient
    identity: IdentityTools

    def http(self, *further: Endpoint, **swapped: Any) -> httpx.AsyncClient:
        """A signed-in client of the API, with further operations and some services swapped."""
        services = attrs.evolve(self.services, **swapped)

        app = build_app(
            services,
            TokenEndpoint(attrs.evolve(self.issuing(), read=services.access.caller)),
            further=further,
        )
        token = services.tokens.issue(self.client, self.client.scopes)
        return httpx.AsyncClient(
            base_url=URL,
            headers={"Authorization": f"Bearer {token}"},
            transport=httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False),
        )

    def issuing(self) -> Issuing:
        """What the token endpoint works with: the client alone, and nothing that is spent stays so."""

        async def find(_: ClientId) -> ApiClient:
            return self.client

        async def spend(_: ApiClient, __: str, ___: Instant) -> None:
            return None

        async def permitted(_: User) -> frozenset[str]:
            return frozenset()

        async def root() -> TenantId:
            return TenantId(self.tenant.id)

        services = self.services

        async def held(client: ApiClient) -> frozenset[str]:
            return await held_at_home(client, services)

        return Issuing(
            find=find,
            read=services.access.caller,
            path_of=services.path_of,
            held=held,
            spend=spend,
            tokens=services.tokens,
            people=People(
                tools=self.identity,
                handles=Handles(services.digest),
                permitted=permitted,
                path_of=services.path_of,
                root=root,
            ),
            digest=services.digest,
            clock=services.clock,
        )


async def keys_of(text: str, clock: Clock) -> SigningKeys:
    """A ring of one key, read."""

    async def load() -> str:
        return text

    keys = SigningKeys(load, clock)
    await keys.ready()
    return keys


class NoKeys:
    """No issuer answers."""

    async def find(self, issuer: str, kid: str | None) -> Sequence[Mapping[str, object]]:
        raise IssuerUnreachable(issuer, "nobody is there")


@pytest.fixture
async def bare() -> Bare:
    """An API over an empty store with one tenant."""
    # Far from those of the builders, however many they made before.
    clock, ids = FrozenClock(), SeededIds(1_000_000)
    written_by = auditor(clock, ids)
    store = MemoryStore(written_by)
    tenant = make_tenant()
    client = make_client(tenant=tenant.id, scopes=tuple(sorted(SCOPES)))
    async with store.transactions(scope_of(tenant, "tests")) as work:
        await work.tenants.add(tenant)
        await work.api_clients.add(client)

    async def is_closed(wanted: TenantId) -> bool:
        return store.tables.open_path_of(wanted) is None

    async def path_of(wanted: TenantId) -> str:
        path = store.tables.path_of(wanted)
        if path is None:
            raise UnknownTenant(wanted)
        return path

    everything = scope_of(tenant, "tests")
    keys = await keys_of(new_signing_key(), clock)
    rights = MemoryAccess(store.tables)
    trusts = StoredTrusts(reading=store.transactions, everything=everything, rights=rights)
    tools = ChargingTools(
        transactions=store.transactions,
        tokens=MemoryTokens(store),
        tariffs=MemoryTariffs(store),
        running=MemoryRunningSessions(store),
        ids=ids,
    )
    services = Services(
        transactions=store.transactions,
        reading=store.transactions,
        feed=FollowedFeed(store.feed, Tail(store.feed, everything)),
        exports=ExportFormats({"json": JsonExport}).get,
        tools=tools,
        replaying=replaying,
        clock=clock,
        ids=ids,
        digest=keyed_digest("00" * 32),
        certifier=ThreadedCertifier(PkiCertifier(b"sealed")),
        path_of=path_of,
        principals=MemoryPrincipals(store),
        is_closed=is_closed,
        tokens=AccessTokens(keys, issuer=URL, clock=clock, ids=ids),
        rights=rights,
        limits=RateLimits(Quota(), clock),
        public_url=URL,
        files=MemoryFiles(),
        past_events=store.feed,
        webhook_reach=WebhookReach(),
        issuer_reach=Reach(),
        trusts=trusts,
        external=ExternalTokens(trusts, NoKeys(), clock, MemoryPrincipals(store)),
        webhook_secrets=SealedSecrets(b"k" * 32),
        visitors=Visitors(clock, behind_proxy=False),
        auditor=written_by,
        denials=Denials(store.transactions, written_by),
        transfers=Transfers(worker=ids.uuid7(clock.now()), spool=MemoryFiles(), files=MemoryFiles()),
    )
    identity = IdentityTools(
        transactions=store.transactions,
        reading=store.transactions,
        everything=everything,
        passwords=ArgonPasswords(QUICK),
        sealing=SealedSecrets(b"s" * 32),
        digest=keyed_digest("00" * 32),
        clock=clock,
        ids=ids,
    )
    return Bare(services=services, store=store, clock=clock, tenant=tenant, client=client, identity=identity)
