"""Test tenants of a house, each with a clock of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import attrs
import httpx
import pytest

from tests.adapters.ocpp.wire import WireStation, connected
from tests.app.http.house import House, Json

WAIT = {"Prefer": "wait=30"}


@attrs.frozen
class Trial:
    """A test tenant of a house, with its clock; `http` is signed in and narrowed to it."""

    served: House
    tenant: Json
    clock: Json
    http: httpx.AsyncClient

    async def post(self, path: str, body: Json, **headers: str) -> Json:
        answer = await self.http.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        made: Json = answer.json()
        return made

    async def get(self, path: str, **parameters: str) -> list[Json]:
        answer = await self.http.get(path, params={"limit": "200", **parameters})
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["data"]
        return found

    async def now(self) -> datetime:
        answer = await self.http.get(f"/v1/test-clocks/{self.clock['id']}")
        return datetime.fromisoformat(answer.json()["now"])

    async def advance(self, **by: float) -> Json:
        """Let time pass, and wait until all that it makes due is done."""
        seconds = int(timedelta(**by).total_seconds())
        path = f"/v1/test-clocks/{self.clock['id']}/advance"
        done = await self.post(path, {"seconds": seconds}, **WAIT)
        while done["status"] == "running":
            done = (await self.http.get(f"/v1/operations/{done['id']}", headers=WAIT)).json()
        assert done["status"] == "succeeded", done
        return done

    @asynccontextmanager
    async def station(self, identity: str) -> AsyncIterator[tuple[Json, WireStation]]:
        """A new station of the tenant, and its line, already booted."""
        known = await self.post("/v1/stations", {"identity": identity})
        port = urlsplit(self.served.server.ocpp_url).port
        assert port is not None
        async with connected(port, f"/ocpp/{identity}") as line:
            line.refuses = frozenset({"GetConfiguration", "ClearCache", "TriggerMessage"})
            await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
            yield known, line


@attrs.frozen
class Trials:
    """Opens test tenants."""

    served: House
    opened: AsyncExitStack

    async def __call__(self, name: str = "Trial", **clock: str) -> Trial:
        tenant = await self.served.post("/v1/tenants", {"name": name, "kind": "test"})
        made = await self.served.post("/v1/test-clocks", {"tenant": tenant["id"], **clock})
        headers = {**self.served.http.headers, "Emobility-Tenant": tenant["id"]}
        client = httpx.AsyncClient(base_url=self.served.http.base_url, headers=headers, timeout=60)
        return Trial(self.served, tenant, made, await self.opened.enter_async_context(client))


@pytest.fixture
async def trials(served: House) -> AsyncIterator[Trials]:
    async with AsyncExitStack() as opened:
        yield Trials(served, opened)
