"""The event loop of a command, and waiting for the signal to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

_TALKATIVE = ("httpx", "uvicorn", "websockets")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a fast loop, without the small talk of libraries."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def until_told_to_stop() -> None:
    """Return on SIGTERM or SIGINT; a second signal ends the process at once."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(number: int) -> None:
        loop.remove_signal_handler(number)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell, number)
    await told.wait()
