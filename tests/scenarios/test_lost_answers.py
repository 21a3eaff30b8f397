"""The line breaks after the server has stored a report and before its answer arrives: it comes again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.exceptions import WebSocketException

from tests.adapters.ocpp.wire import PATIENCE_S, connected
from tests.app.http.house import CARD, House

START = {"connectorId": 1, "idTag": CARD, "meterStart": 1000}


@asynccontextmanager
async def _cut_at(answer: bytes, port: int) -> AsyncIterator[int]:
    """A line to the server at `port` that breaks when an answer that contains `answer` comes along."""

    async def carry(source: asyncio.StreamReader, to: asyncio.StreamWriter, until: bytes | None) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                if until is not None and until in data:
                    break
                to.write(data)
                await to.drain()
        to.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, forth, None), carry(back, writer, answer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as proxy:
        yield proxy.sockets[0].getsockname()[1]


async def _lose(answer: bytes, port: int, action: str, payload: dict[str, object]) -> None:
    async with _cut_at(answer, port) as proxy:
        with pytest.raises((WebSocketException, OSError)):
            async with asyncio.timeout(PATIENCE_S), connected(proxy, "/ocpp/CP1") as line:
                await line.call(action, payload)


async def test_a_start_whose_answer_was_lost_is_one_session_with_one_number(served: House) -> None:
    await served.add_card()
    port = int(served.server.ocpp_url.split(":")[2].partition("/")[0])
    start = {**START, "timestamp": served.ago(60)}
    async with served.station():
        pass
    await _lose(b"transactionId", port, "StartTransaction", start)
    (stored,) = (await served.get("/v1/sessions"))["data"]
    async with connected(port, "/ocpp/CP1") as line:
        for _ in range(2):
            answer = await line.call("StartTransaction", start)
            assert answer["transactionId"] == stored["transaction_id"]
    (session,) = (await served.get("/v1/sessions"))["data"]
    assert (session["id"], session["status"], session["doubts"]) == (stored["id"], "active", [])


async def test_a_stop_whose_answer_was_lost_ends_its_session_once(served: House) -> None:
    await served.add_card()
    port = int(served.server.ocpp_url.split(":")[2].partition("/")[0])
    async with served.station() as (_, line):
        started = await line.call("StartTransaction", {**START, "timestamp": served.ago(60)})
    stop = {"transactionId": started["transactionId"], "meterStop": 11_000, "timestamp": served.ago(1)}
    await _lose(b"[3,", port, "StopTransaction", stop)
    async with connected(port, "/ocpp/CP1") as line:
        await line.call("StopTransaction", stop)
    await served.heard("session.rated")
    (session,) = (await served.get("/v1/sessions"))["data"]
    assert (session["status"], session["energy_kwh"], session["doubts"]) == ("ended", "10.000", [])
    ended = await served.get("/v1/events", types="session.ended", after="pos_0")
    assert len(ended["data"]) == 1
