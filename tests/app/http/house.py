"""A whole server in the test's own loop: its API over real HTTP, its stations over real WebSockets."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import httpx
import pytest

from emobility_app.clients import create_client
from emobility_app.compose import Server, running
from emobility_app.settings import Address, Settings, UnknownStations
from emobility_app.store import migrated, opened, tenant_named
from emobility_core.identity import SCOPES
from emobility_core.reach import Reach
from emobility_core.tenancy import ROOT_NAME
from emobility_core.webhooks import WebhookReach
from tests.adapters.ocpp.wire import HOUSEKEEPING, PATIENCE_S, WireStation, connected

CARD = "04A1B2C3"
# So often is waited for what comes, 20 seconds each time: less than a test may take, more than a load does.
ROUNDS = 4
ANY = Address("127.0.0.1", 0)
# Cheaper at night, with a fee for whoever stays long by day.
NIGHTLY = {
    "elements": [
        {
            "prices": [{"dimension": "energy", "amount": "0.29"}],
            "restrictions": {"hours": {"since": "22:00", "until": "06:00"}},
        }
    ],
    "blocking": {
        "per_minute": "0.10",
        "grace_minutes": 240,
        "max_per_session": "12.00",
        "exempt": [{"since": "22:00", "until": "06:00"}],
    },
}
PRICES = {"per_kwh": "0.39", "per_session": "0.50", "per_minute": "0.015", "vat_percent": "19"}
Json = dict[str, Any]


@attrs.frozen
class House:
    """A running server, and `http`: a client of its API that holds every scope."""

    server: Server
    http: httpx.AsyncClient

    async def get(self, path: str, **parameters: str) -> Json:
        answer = await self.http.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def post(self, path: str, body: Json) -> Json:
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    async def command(self, key: str, /, **body: Any) -> httpx.Response:
        return await self.http.post("/v1/commands", json=body, headers={"Idempotency-Key": key})

    async def act(self, path: str, body: Json) -> Json:
        """Ask for something that a station has to do first."""
        answer = await self.http.post(path, json=body, headers={"Idempotency-Key": path})
        assert answer.status_code == 202, answer.text
        asked: Json = answer.json()
        return asked

    async def reserve(self, key: str, **body: Any) -> Json:
        answer = await self.http.post("/v1/reservations", json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 202, answer.text
        asked: Json = answer.json()
        return asked

    async def sync_list(self, key: str, **body: Any) -> Json:
        answer = await self.http.post("/v1/local-lists", json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 202, answer.text
        kept: Json = answer.json()
        return kept

    async def heard(self, kind: str, *, after: str = "pos_0") -> Json:
        """Wait for the next event of a type."""
        for _ in range(ROUNDS):
            found = (await self.get("/v1/events", types=kind, after=after, wait="20", limit="1"))["data"]
            if found:
                event: Json = found[0]
                return event
        raise AssertionError(f"{kind} is not heard of")

    async def ended(self, path: str) -> Json:
        """Wait for the end of the operation at `path`."""
        for _ in range(ROUNDS):
            answer = await self.http.get(path, headers={"Prefer": "respond-async, wait=20"})
            operation: Json = answer.json()
            if operation["status"] != "running":
                return operation
        raise AssertionError(f"{operation} has no end")

    async def add_card(self, tag: str = CARD, **fields: Any) -> Json:
        return await self.post("/v1/tokens", {"id_tag": tag, **fields})

    async def add_tariff(self, prices: Json | None = None) -> Json:
        """A tariff for everybody, everywhere."""
        tariff = await self.post("/v1/tariffs", {"name": "All", "prices": prices or PRICES})
        await self.post("/v1/tariff-assignments", {"tariff": tariff["id"]})
        return tariff

    @asynccontextmanager
    async def station(self, identity: str = "CP1") -> AsyncIterator[tuple[Json, WireStation]]:
        """A new station as the API shows it, and its line, already booted; what the server asks it at times
        of its own is refused unheard."""
        known = await self.post("/v1/stations", {"identity": identity})
        port = urlsplit(self.server.ocpp_url).port
        assert port is not None
        async with connected(port, f"/ocpp/{identity}") as line:
            line.refuses = HOUSEKEEPING
            await line.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
            yield known, line

    async def quarantine(self, identity: str, *, key: bytes | None = None) -> Json:
        """An unknown station that calls and waits, as the API shows it."""
        port = urlsplit(self.server.ocpp_url).port
        assert port is not None
        async with connected(port, f"/ocpp/{identity}", key=key) as line:
            boot = {"chargePointVendor": "V", "chargePointModel": "M"}
            assert (await line.call("BootNotification", boot))["status"] == "Pending"
        found: Json = (await self.get("/v1/quarantined-stations", identity=identity))["data"][0]
        return found

    def ago(self, minutes: float) -> str:
        """A station's time so many minutes before now, to the second."""
        return told(self.server.clock.now() - timedelta(minutes=minutes))


def told(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


@asynccontextmanager
async def house(url: str, *, verify: ssl.SSLContext | bool = True, **changes: Any) -> AsyncIterator[House]:
    """Serve a migrated database on free ports, and sign in, trusting whom `verify` does; `changes` are
    settings."""
    async with opened(url) as store:
        root = await tenant_named(store, ROOT_NAME)
        client = await create_client("tests", sorted(SCOPES), tenant=root, store=store)
    usual = {
        "http": ANY,
        "ocpp": ANY,
        "migrate": False,
        "unknown_stations": UnknownStations.QUARANTINE,
        "webhook_reach": WebhookReach(private=True, http=True),
        "issuer_reach": Reach(private=True, http=True),
    }
    settings = Settings(**{"database": url, **usual, **changes})
    async with (
        running(settings) as server,
        httpx.AsyncClient(base_url=server.http_url, timeout=PATIENCE_S, verify=verify) as http,
    ):
        form = {"grant_type": "client_credentials"}
        answer = await http.post("/oauth/token", data=form, auth=(client.id, client.secret))
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield House(server, http)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("house") / "template.db"
    asyncio.run(migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def served(template: Path, tmp_path: Path) -> AsyncIterator[House]:
    """A house over a database that this test has to itself."""
    shutil.copy(template, tmp_path / "house.db")
    async with house(f"sqlite:///{tmp_path / 'house.db'}") as made:
        yield made
