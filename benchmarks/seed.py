"""Fills a database with stations, tokens and a tariff, through the HTTP API like anybody else.

`_objects` and `_TARIFF` are the one place to adapt when the API changes.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterable, Mapping

import httpx

from benchmarks.names import identity, key, tag
from benchmarks.servers import emobility_command

_SCOPES = (
    "stations:write tokens:write tariffs:write tariffs:publish "
    "stations:read tokens:read tariffs:read sessions:read"
)
_AT_ONCE = 16


def _objects(stations: int, tokens: int) -> Iterable[tuple[str, Mapping[str, object]]]:
    for number in range(stations):
        station = {"identity": identity(number), "authorization_key": key(number), "power_class": "AC"}
        yield "stations", station
    for number in range(tokens):
        yield "tokens", {"id_tag": tag(number)}


_TARIFF = {
    "name": "Benchmark",
    "prices": {
        "currency": "EUR",
        "include_vat": True,
        "vat_percent": "19",
        "per_kwh": "0.49",
        "per_session": "0.35",
        "per_minute": "0.02",
    },
}


def create_client(database: str) -> tuple[str, str]:
    """An API client's id and secret, made by the command line."""
    command = [
        *emobility_command(),
        "client",
        "create",
        "--scopes",
        _SCOPES,
        "--database",
        database,
        "--json",
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    created = json.loads(done.stdout)
    return created["client_id"], created["client_secret"]


async def seed(http: str, client: tuple[str, str], *, stations: int, tokens: int) -> None:
    """Create everything that the measurements need on the server at `http`; it must be empty."""
    limits = httpx.Limits(max_connections=_AT_ONCE)
    async with httpx.AsyncClient(base_url=http, limits=limits, timeout=60) as api:
        form = {"grant_type": "client_credentials", "scope": _SCOPES}
        answer = (await api.post("/oauth/token", data=form, auth=client)).raise_for_status()
        api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        tariff = await _create(api, "tariffs", _TARIFF)
        await _create(api, "tariff-assignments", {"tariff": tariff["id"]})
        pending = iter(_objects(stations, tokens))
        await asyncio.gather(*(_create_all(api, pending) for _ in range(_AT_ONCE)))


async def _create_all(api: httpx.AsyncClient, pending: Iterable[tuple[str, Mapping[str, object]]]) -> None:
    for collection, body in pending:
        await _create(api, collection, body)


async def _create(
    api: httpx.AsyncClient, collection: str, body: Mapping[str, object]
) -> Mapping[str, object]:
    answer = await api.post(f"/v1/{collection}", json=body)
    if answer.is_error:
        raise RuntimeError(f"POST /v1/{collection} answered {answer.status_code}: {answer.text[:500]}")
    created: Mapping[str, object] = answer.json()
    return created
