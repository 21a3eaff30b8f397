"""A server as a child process, seen from outside: its API, its stations, and databases that are durable."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx

from emobility_core.identity import SCOPES
from tests.app.cli.child import Child, once, started

CARD = "04A1B2C3"
ANY_PORT = ("--http", "127.0.0.1:0", "--ocpp", "127.0.0.1:0", "--json")
Json = dict[str, Any]


@attrs.frozen
class Outside:
    """A running `emobility serve` and a client of its API that holds every scope."""

    child: Child
    http: httpx.Client

    @property
    def ocpp_port(self) -> int:
        return int(self.child.ready["ocpp_url"].split(":")[2].partition("/")[0])

    def post(self, path: str, body: Json) -> Json:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def furnish(self, *identities: str) -> dict[str, str]:
        """Stations, a card and a tariff of 0.39 a kilowatt-hour; returns the stations' ids by identity."""
        self.post("/v1/tokens", {"id_tag": CARD})
        prices = {"per_kwh": "0.39", "vat_percent": "19"}
        tariff = self.post("/v1/tariffs", {"name": "All", "prices": prices})
        self.post("/v1/tariff-assignments", {"tariff": tariff["id"]})
        return {name: self.post("/v1/stations", {"identity": name})["id"] for name in identities}

    def all(self, path: str) -> list[Json]:
        """Every object of a list, page by page."""
        found: list[Json] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = self.http.get(path, params={"limit": "200", **({"cursor": cursor} if cursor else {})})
            assert answer.status_code == 200, answer.text
            found += answer.json()["data"]
            cursor = answer.json()["next_cursor"]
        return found

    async def priced(self) -> list[Json]:
        """All sessions, once each of them has ended and has a price."""
        async with asyncio.timeout(30):
            while True:
                sessions = self.all("/v1/sessions")
                if all(one["cost"] and one["cost"]["status"] != "running" for one in sessions):
                    return sessions
                await asyncio.sleep(0.1)


@contextmanager
def outside(url: str, folder: Path, credentials: Json | None = None) -> Iterator[Outside]:
    """Serve a database; `credentials` are those of a client that exists already."""
    with started("serve", *ANY_PORT, "--database", url, folder=folder) as child:
        client = credentials or new_client(url, folder)
        with httpx.Client(base_url=child.ready["http_url"], timeout=30) as http:
            form = {"grant_type": "client_credentials"}
            answer = http.post("/oauth/token", data=form, auth=(client["client_id"], client["client_secret"]))
            assert answer.status_code == 200, answer.text
            http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield Outside(child, http)


def new_client(url: str, folder: Path) -> Json:
    scopes = " ".join(sorted(SCOPES))
    made = once("client", "create", "--scopes", scopes, "--database", url, "--json", folder=folder)
    assert made.returncode == 0, made.stderr
    credentials: Json = json.loads(made.stdout)
    return credentials
