"""A server beside another, and one on the newer kind of address."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from emobility_app.compose import running
from emobility_app.settings import Address, Settings
from emobility_app.store import migrated
from tests.app.http.house import ANY, House


async def test_a_server_that_finds_its_port_taken_changes_nothing(served: House) -> None:
    port = urlsplit(served.server.ocpp_url).port
    assert port is not None
    async with served.station() as (station, line):
        again = Settings(database=served.server.database.url, http=ANY, ocpp=Address("127.0.0.1", port))
        with pytest.raises(OSError, match="in use"):
            async with running(again):
                pass
        await line.beats()
        assert (await served.get(f"/v1/stations/{station['id']}"))["online"]
        assert (await served.get("/v1/events", types="station.offline"))["data"] == []


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
async def test_a_server_on_ipv6_tells_urls_that_work(tmp_path: Path) -> None:
    url, here = f"sqlite:///{tmp_path / 'six.db'}", Address.parse("[::1]:0")
    await migrated(url)
    async with running(Settings(database=url, http=here, ocpp=here)) as server:
        assert server.ocpp_url.startswith("ws://[::1]:")
        async with httpx.AsyncClient() as http:
            told = await http.get(f"{server.http_url}/.well-known/oauth-authorization-server")
        assert told.json()["issuer"] == server.http_url
        assert server.http_url.startswith("http://[::1]:")
