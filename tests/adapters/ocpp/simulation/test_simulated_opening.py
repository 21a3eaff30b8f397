"""Every way in which a central system refuses a simulated station has a name and a sentence."""

from __future__ import annotations

import asyncio
import base64
import re
from http import HTTPStatus
from random import Random
from typing import Any

import pytest
from websockets.asyncio.server import serve

from emobility_adapters.ocpp.simulation import (
    BadUrl,
    BootRefused,
    CentralSystemUnreachable,
    CredentialsRefused,
    HandshakeRefused,
    SimulatedStation,
    StationUnknown,
    SubprotocolRefused,
)


async def test_the_key_is_sent_as_basic_authentication(central: Any, make_station: Any) -> None:
    await make_station(key="secret").presence.start_up()
    expected = base64.b64encode(b"SIM-0001:secret").decode()
    assert central.headers[0]["Authorization"] == f"Basic {expected}"


@pytest.mark.parametrize(
    ("status", "failure", "words"),
    [
        (HTTPStatus.UNAUTHORIZED, CredentialsRefused, "401"),
        (HTTPStatus.FORBIDDEN, HandshakeRefused, "below the security profile"),
        (HTTPStatus.NOT_FOUND, StationUnknown, "create it there first"),
        (HTTPStatus.SERVICE_UNAVAILABLE, HandshakeRefused, "503"),
    ],
)
async def test_a_refused_handshake_has_a_name(
    central: Any, make_station: Any, status: HTTPStatus, failure: type[Exception], words: str
) -> None:
    central.refuse = status
    with pytest.raises(failure, match=words):
        await make_station().presence.start_up()
    if failure is not HandshakeRefused:
        with pytest.raises(failure):
            await make_station("SIM-0002").run()


async def test_nobody_listening_and_nonsense_urls_have_names(make_station: Any) -> None:
    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    with pytest.raises(CentralSystemUnreachable, match="is the server running"):
        await make_station(url=f"ws://127.0.0.1:{port}/ocpp").presence.start_up()
    with pytest.raises(BadUrl):
        await make_station(url=f"http://127.0.0.1:{port}/ocpp").presence.start_up()


async def test_a_server_without_the_subprotocol_is_refused() -> None:
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp"
        station = SimulatedStation("SIM-0001", url, random=Random(1))
        with pytest.raises(SubprotocolRefused):
            await station.presence.start_up()


async def test_a_boot_not_accepted_in_the_attempts_given_is_refused(central: Any, make_station: Any) -> None:
    central.answers["BootNotification"] = lambda _: {
        "status": "Rejected", "currentTime": "2026-11-05T12:00:00Z", "interval": 30,
    }  # fmt: skip
    with pytest.raises(BootRefused, match="Rejected"):
        await make_station().presence.start_up(boot_attempts=1)


@pytest.mark.parametrize(
    ("quirk", "seen", "missing"),
    [
        ("no-connection-header", "Upgrade: websocket", "Connection: Upgrade"),
        ("absolute-uri", "GET ws://127.0.0.1:PORT/ocpp/A%20B HTTP/1.1", "GET /"),
        ("doubled-slashes", "GET ///ocpp/A%20B/ HTTP/1.1", ""),
        ("unencoded-identity", "GET /ocpp/A B HTTP/1.1", "%20"),
        ("key-as-bytes", base64.b64encode(b"A B:\x01\xef").decode(), base64.b64encode(b"A B:01EF").decode()),
    ],
)
async def test_a_quirk_alters_the_handshake(quirk: str, seen: str, missing: str) -> None:
    heads: list[str] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ocpp"
        async with SimulatedStation("A B", url, random=Random(1), key="01EF", quirks=[quirk]) as station:
            with pytest.raises(HandshakeRefused):
                await station.presence.start_up()
    (head,) = heads
    assert seen in re.sub(r":\d+/", ":PORT/", head)
    assert not missing or missing not in head


async def test_a_station_that_redials_slowly_stays_away_for_minutes(
    central: Any, make_station: Any, time: Any
) -> None:
    station = make_station(quirks=["slow-redial"])
    running = asyncio.create_task(station.run())
    await central.heard("StatusNotification", 2)
    await central.sockets["SIM-0001"].close()
    await time.held(360, 1140)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
