"""Stations that mean harm, or are merely broken: nobody else may feel them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import cast

from benchmarks.frames import text_frame
from benchmarks.names import identity, key
from benchmarks.wire import RunBroken, handshake

_HOST = "127.0.0.1"
# What is written ahead of the socket; more would only fill this process.
_AHEAD = 64 * 1024
_BEAT_S = 0.1


def _transfer(size: int) -> bytes:
    """A DataTransfer frame of about that many bytes, which is stored and answered."""
    content = {"vendorId": "org.example", "data": "x" * size}
    return text_frame(json.dumps([2, "hostile", "DataTransfer", content]).encode())


_SHORT, _LONG = _transfer(650), _transfer(65_000)
_HEARTBEAT = text_frame(b'[2,"hostile","Heartbeat",{}]')


class HostileStation(asyncio.Protocol):
    """Opens a line like anybody else, then does `deed` whenever something has happened on it."""

    def __init__(self, opening: bytes, deed: Callable[[HostileStation], None]) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self.may_write = True
        self._opening = opening
        self._deed = deed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(_AHEAD)
        self.transport.write(self._opening)

    def data_received(self, data: bytes) -> None:
        if self.opened.done():
            self._deed(self)
        elif data.startswith(b"HTTP/1.1 101"):
            self.opened.set_result(None)
            self._deed(self)
        else:
            self.opened.set_exception(RunBroken(f"a hostile station was refused: {data[:40]!r}"))

    def pause_writing(self) -> None:
        self.may_write = False

    def resume_writing(self) -> None:
        self.may_write = True
        self._deed(self)


def floods(station: HostileStation) -> None:
    """Send as fast as the line takes it, without waiting for any answer."""
    while station.may_write:
        station.transport.write(_SHORT)


def never_answers(station: HostileStation) -> None:
    """Hear everything, pings too, and say nothing."""


def is_half_open(station: HostileStation) -> None:
    """Go on sending and never read what comes back, as behind a router that lost one direction."""
    station.transport.pause_reading()
    if station.may_write and not station.transport.is_closing():
        station.transport.write(_HEARTBEAT)
        asyncio.get_running_loop().call_later(_BEAT_S, is_half_open, station)


def sends_64_kb(station: HostileStation) -> None:
    """Send a frame of 64 kB after every answer."""
    station.transport.write(_LONG)


DEEDS: Mapping[str, Callable[[HostileStation], None]] = {
    "floods": floods,
    "never answers": never_answers,
    "half-open": is_half_open,
    "64 kB": sends_64_kb,
}


async def let_loose(port: int, first: int) -> list[HostileStation]:
    """Connect one station for each deed, numbered from `first`."""
    loop, loose = asyncio.get_running_loop(), []
    for number, deed in enumerate(DEEDS.values(), start=first):
        opening = handshake(_HOST, identity(number), key(number))
        made = HostileStation(opening, deed)
        await loop.create_connection(lambda made=made: made, _HOST, port)  # type: ignore[misc]
        await made.opened
        loose.append(made)
    return loose


def call_off(loose: list[HostileStation]) -> None:
    """Cut their lines."""
    for station in loose:
        station.may_write = False
        station.transport.abort()
