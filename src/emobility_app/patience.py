"""Waiting for a database that is away: its return, not an operator, brings the jobs back to work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from emobility_core.errors import Unavailable

T = TypeVar("T")

_log = logging.getLogger("emobility.patience")
PAUSE_S = 1.0


async def patiently(what: str, step: Callable[[], Awaitable[T]], *, pause_s: float = PAUSE_S) -> T:
    """Do a step, again and again while what it needs is unavailable; said once, not once a second."""
    said = False
    while True:
        try:
            done = await step()
        except Unavailable as error:
            if not said:
                _log.warning("%s has to wait: %s", what, error)
            said = True
            await asyncio.sleep(pause_s)
            continue
        if said:
            _log.warning("%s goes on", what)
        return done
