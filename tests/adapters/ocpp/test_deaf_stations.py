"""Stations that send and never read: they cost their own line, nothing else."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from emobility_adapters.ocpp.connection import MOST_UNREAD
from emobility_core.commands import CommandStatus, Reset

from .wire import PATIENCE_S, opening
from .world import World, a_world

_TEXT, _PING = 1, 9


def _frame(data: bytes, kind: int) -> bytes:
    size = bytes([0x80 | len(data)]) if len(data) < 126 else struct.pack("!BH", 0x80 | 126, len(data))
    return bytes([0x80 | kind]) + size + bytes(4) + data


_BEAT = _frame(json.dumps([2, "x" * 20_000, "Heartbeat", {}]).encode(), _TEXT)


@asynccontextmanager
async def _deaf(world: World, frames: bytes) -> AsyncIterator[ServerConnection]:
    """A station that sends for as long as anybody takes it and reads nothing; our side of its line."""
    await world.add_station("CP1")
    loop, ours = asyncio.get_running_loop(), socket.socket()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    ours.setblocking(False)
    with ours:
        await loop.sock_connect(ours, ("127.0.0.1", world.port))
        await loop.sock_sendall(ours, opening("/ocpp/CP1"))
        await loop.sock_recv(ours, 12)
        assert world.server is not None
        (connection,) = world.server.connections
        sending = asyncio.create_task(_send(ours, frames))
        try:
            yield connection
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending


async def _send(ours: socket.socket, frames: bytes) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while True:
            await loop.sock_sendall(ours, frames)


async def _lost(connection: ServerConnection) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await connection.wait_closed()


async def _stuck(connection: ServerConnection) -> None:
    """Wait until our answers do not get through any more."""
    async with asyncio.timeout(PATIENCE_S):
        while not connection.paused:
            await asyncio.sleep(0)


async def test_pings_whose_answers_nobody_reads_end_the_line() -> None:
    most, pings = 0, _frame(b"x" * 125, _PING) * 500
    async with a_world() as world, _deaf(world, pings) as connection, asyncio.timeout(PATIENCE_S):
        while connection.state is not State.CLOSED:
            most = max(most, connection.transport.get_write_buffer_size())
            await asyncio.sleep(0)
    # What one reading from the socket brings may come on top.
    assert most < MOST_UNREAD + 1024 * 1024


async def test_a_station_that_reads_no_answer_loses_its_line() -> None:
    async with a_world(unread_within_s=0.05) as world, _deaf(world, _BEAT) as connection:
        await _lost(connection)


async def test_the_next_line_of_a_station_closes_one_that_nobody_reads() -> None:
    async with a_world() as world, _deaf(world, _BEAT) as connection:
        await _stuck(connection)
        async with world.station() as station:
            await _lost(connection)
            await station.beats()


async def test_a_request_that_cannot_even_be_sent_is_given_up_in_time() -> None:
    async with a_world(answer_within_s=0.05) as world, _deaf(world, _BEAT) as connection:
        await _stuck(connection)
        command = await world.ask(Reset())
        async with asyncio.timeout(PATIENCE_S):
            await world.react()
        async with world.store.transactions(world.scope) as work:
            assert (await work.commands.get(command.id)).status is CommandStatus.TIMEOUT
