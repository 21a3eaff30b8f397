"""Diagnostics and logs on their way to the central system's place for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs

from emobility_adapters.ocpp.simulation.clock import Sleep
from emobility_adapters.ocpp.simulation.transfers import TransferFailed, Transfers

Tell: TypeAlias = Callable[[str], Awaitable[None]]


@attrs.frozen
class Upload:
    """A file for `location`; tried `retries` times more after a failure, `interval_s` apart."""

    location: str
    name: str
    content: bytes
    retries: int = 0
    interval_s: int = 60


async def upload(one: Upload, transfers: Transfers, wait: Sleep, tell: Tell, *, failed: str) -> bool:
    """Deliver it and tell each status on the way; `failed` is the word for a failure."""
    for attempt in range(one.retries + 1):
        if attempt:
            await wait(one.interval_s)
        await tell("Uploading")
        try:
            await transfers.deliver(one.location, one.name, one.content)
        except TransferFailed:
            await tell(failed)
        else:
            await tell("Uploaded")
            return True
    return False


class Slot:
    """Room for one activity: a new one takes the place of the old one, which is given up."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.status = "Idle"
        self.request: int | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    def take(self, task: asyncio.Task[None], request: int | None = None) -> None:
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._task, self.request = task, request
