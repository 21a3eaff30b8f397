"""A station's key: taken, changed and taken away; a line that proved an older one ends."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from tests.adapters.ocpp.wire import PATIENCE_S, connected, opening, shake
from tests.app.http.house import House

KEY = "0123456789ABCDEF"


async def test_a_new_key_ends_the_line_and_a_null_takes_it_away(served: House) -> None:
    port = urlsplit(served.server.ocpp_url).port
    assert port is not None
    async with served.station() as (station, line):
        path = f"/v1/stations/{station['id']}"
        named = await served.http.patch(path, json={"name": "still the same key"})
        assert named.status_code == 200
        await line.beats()
        assert (await served.http.patch(path, json={"authorization_key": KEY})).status_code == 200
        assert await line.closed_with() == 1001
    assert (await shake(port, opening("/ocpp/CP1")))[0] == 401
    async with connected(port, "/ocpp/CP1", key=KEY.encode()) as line:
        await line.beats()
    assert (await served.http.patch(path, json={"authorization_key": None})).status_code == 200
    async with asyncio.timeout(PATIENCE_S):
        while (await shake(port, opening("/ocpp/CP1")))[0] != 101:
            await asyncio.sleep(0.05)  # until the server's memory has heard of it
