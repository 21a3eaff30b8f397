"""The event loop of a command, and waiting for the signal to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

_LINE = "%(levelname)s - %(asctime)s - %(name)s - %(message)s"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a fast loop; warnings are told on standard error, small talk is not.

    SIGTERM cancels the work, so that it tidies up, and ends the process with 143.
    """
    logging.basicConfig(level=logging.WARNING, format=_LINE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(_unless_terminated(work))
        except asyncio.CancelledError:
            raise SystemExit(128 + signal.SIGTERM) from None


async def _unless_terminated(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def spare_the_collector() -> None:
    """Call once a server has started: what lives as long as the process is searched for garbage no more.

    Frames and records die by their reference counts. Looking for cycles every 700 allocations, as the
    interpreter does by itself, was a tenth of the cost of a message, and every full pass holds up all
    stations at once.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def told_to_stop() -> asyncio.Event:
    """Return what is set on SIGTERM or SIGINT from now on; a second signal ends the process at once.

    Call it before you say that you are ready: who hears that may want to stop you.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(number: int) -> None:
        loop.remove_signal_handler(number)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell, number)
    return told
