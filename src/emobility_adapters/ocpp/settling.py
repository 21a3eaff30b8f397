"""Refreshing the status of a station that has come back without a boot, once it has settled."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from emobility_adapters.ocpp.caller import Caller
from emobility_adapters.ocpp.line import Line, LineBusy, NoAnswer
from emobility_adapters.ocpp.version import Request

# Queued reports come first, stale states among them; asked too early, a station answers those.
SETTLE_S = 60.0


@contextmanager
def settling(line: Line, caller: Caller, request: Request, settle_s: float) -> Iterator[None]:
    """Ask once for the status, by `request`, while the block runs, unless the station boots before."""
    boots, asking = caller.boots, set[asyncio.Task[None]]()

    def ask() -> None:
        if caller.boots == boots:
            asking.add(asyncio.create_task(_ask(line, request)))

    # Stations that return together are not asked together.
    share = zlib.crc32(caller.known.station.identity.folded.encode()) % 64 / 64
    timer = asyncio.get_running_loop().call_later(settle_s * (1 + share), ask)
    try:
        yield
    finally:
        timer.cancel()


async def _ask(line: Line, request: Request) -> None:
    # A station need not have the profile; its refusal changes nothing.
    with suppress(NoAnswer, LineBusy):
        await line.call(*request)
