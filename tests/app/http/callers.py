"""API clients with chosen rights: made as the command line makes them, signed in over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import attrs
import httpx
import pytest

from emobility_adapters.sql.keys import server_key
from emobility_app.auditing import auditor
from emobility_app.clients import NewClient, create_client
from emobility_app.digests import keyed_digest
from emobility_app.store import Store, tenant_named
from emobility_core.identity import SCOPES
from emobility_core.tenancy import ROOT_NAME
from tests.adapters.ocpp.wire import PATIENCE_S
from tests.app.http.house import House

GRANT = {"grant_type": "client_credentials"}


@attrs.frozen
class Callers:
    """Makes API clients of a house and signs them in; `tenant` is a name or an id."""

    served: House
    store: Store
    opened: AsyncExitStack

    async def client(self, *scopes: str, tenant: str = ROOT_NAME) -> NewClient:
        """A client that holds these scopes; every one if none is named."""
        home = await tenant_named(self.store, tenant)
        return await create_client("caller", scopes or sorted(SCOPES), tenant=home, store=self.store)

    async def token(self, *scopes: str, tenant: str = ROOT_NAME) -> str:
        """An access token of a new client."""
        client = await self.client(*scopes, tenant=tenant)
        answer = await self.served.http.post(
            "/oauth/token", data=GRANT, headers={"Authorization": ""}, auth=(client.id, client.secret)
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def anybody(self) -> httpx.AsyncClient:
        """An HTTP client that says nothing about itself."""
        nobody = httpx.AsyncClient(base_url=self.served.http.base_url, timeout=PATIENCE_S)
        return await self.opened.enter_async_context(nobody)

    async def signed_in(self, *scopes: str, tenant: str = ROOT_NAME) -> httpx.AsyncClient:
        """An HTTP client with the token of a new API client."""
        http = await self.anybody()
        http.headers["Authorization"] = f"Bearer {await self.token(*scopes, tenant=tenant)}"
        return http


@pytest.fixture
async def callers(served: House) -> AsyncIterator[Callers]:
    """Whoever calls the house of this test."""
    server = served.server
    digest = keyed_digest(await server_key(server.database, "hmac"))
    written_by = auditor(server.clock, server.ids)
    store = Store(server.transactions, server.clock, server.ids, digest, written_by)
    async with AsyncExitStack() as opened:
        yield Callers(served, store, opened)
