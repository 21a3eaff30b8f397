"""Runs the demonstration: a server on a temporary database, stations that talk to it, a token to look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import httpx

from emobility_adapters.sql.overview import SqlOverviews
from emobility_app.clients import NewClient, create_client
from emobility_app.compose import Server, running
from emobility_app.demo.seed import seed
from emobility_app.demo.stations import Pace, play, players
from emobility_app.settings import Address, Settings
from emobility_app.store import EVERYTHING, migrated, opened, tenant_named
from emobility_core.ids import SessionId, shown
from emobility_core.tenancy import ROOT_NAME

SCOPES = (
    "tenants:read", "sites:read", "stations:read", "station-groups:read", "customers:read",
    "user-groups:read", "contracts:read", "tokens:read", "tariffs:read", "sessions:read",
    "operations:read", "events:read", "stations:command",
)  # fmt: skip
# How long the first priced (or, without history, the first running) session may take.
_FIRST_WITHIN_S = 8.0


@attrs.frozen
class Demonstration:
    """Where it runs and how to look at it. `playing` ends only if the stations fail."""

    server: Server
    client: NewClient
    token: str
    session: SessionId | None
    playing: asyncio.Task[None]

    @property
    def curls(self) -> tuple[str, ...]:
        """Lines to paste: sessions, one session's cost, events."""
        one = "" if self.session is None else f"/{shown('ses', self.session)}"
        return (
            self._curl("/v1/sessions?include_descendants=true&sort=-id&limit=5"),
            self._curl(f"/v1/sessions{one}"),
            self._curl("/v1/events?include_descendants=true&limit=5"),
        )

    def _curl(self, path: str) -> str:
        return f"curl -s -H 'Authorization: Bearer {self.token}' '{self.server.http_url}{path}'"


@asynccontextmanager
async def demonstration(*, http: Address, ocpp: Address, pace: Pace) -> AsyncIterator[Demonstration]:
    """Bring it up, and leave nothing behind on leaving."""
    with TemporaryDirectory(prefix="emobility-demo-") as folder:
        url = f"sqlite:///{Path(folder) / 'demo.db'}"
        client = await _filled(url)
        settings = Settings(database=url, http=http, ocpp=ocpp, open_live_page=True)
        async with running(settings) as server:
            playing = asyncio.create_task(play(players(server.ocpp_url, server.clock, pace)))
            try:
                session = await _first_session(server, playing, priced=pace.history is not None)
                token = await _token(server, client)
                yield Demonstration(server, client, token, session, playing)
            finally:
                playing.cancel()
                await asyncio.wait({playing})


async def _filled(url: str) -> NewClient:
    await migrated(url)
    async with opened(url) as store:
        root = await tenant_named(store, ROOT_NAME)
        await seed(store, root)
        return await create_client("demonstration", SCOPES, tenant=root, store=store)


async def _first_session(server: Server, playing: asyncio.Task[None], *, priced: bool) -> SessionId | None:
    overviews = SqlOverviews(server.database)
    deadline = asyncio.get_running_loop().time() + _FIRST_WITHIN_S
    while asyncio.get_running_loop().time() < deadline and not playing.done():
        overview = await overviews.read(EVERYTHING, stations=1_000, ended=20)
        for ended in overview.ended:
            if ended.price is not None and ended.price.minor:
                return ended.session
        if overview.running and not priced:
            return overview.running[0].session
        await asyncio.sleep(0.1)
    return None


async def _token(server: Server, client: NewClient) -> str:
    async with httpx.AsyncClient(base_url=server.http_url) as http:
        form = {"grant_type": "client_credentials"}
        answer = await http.post("/oauth/token", data=form, auth=(client.id, client.secret))
        answer.raise_for_status()
        return str(answer.json()["access_token"])
