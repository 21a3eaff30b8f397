"""The imports and exports under way in this process: a few at a time, in their order."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import attrs

from emobility_core.commands import FileStore
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.transfers import TooManyTransfers

_log = logging.getLogger("emobility.transfers")
AT_ONCE = 2
# Each keeps a file on the disk until its turn comes.
WAITING_PER_TENANT = 10
Job = Callable[[], Awaitable[None]]


@attrs.frozen
class Cancelled(Exception):
    """Whoever asked for the work wants no more of it."""


@attrs.frozen
class Disowned(Exception):
    """Another process has taken this one for dead, and told how the work ended."""


@attrs.define(kw_only=True)
class Transfers:
    """Runs jobs as `worker`. `spool` keeps what is to be read until it is, `files` what was made, for `keep`;
    a file that is brought in has `longest` bytes at most and arrives `within` a time."""

    worker: UUID
    spool: FileStore
    files: FileStore
    longest: int = 200 * 1024 * 1024
    within: timedelta = timedelta(hours=1)
    keep: timedelta = timedelta(days=7)
    _jobs: asyncio.Queue[tuple[UUID, Job]] = attrs.field(factory=asyncio.Queue, init=False)
    _open: dict[UUID, TenantId] = attrs.field(factory=dict, init=False)
    _coming: Counter[TenantId] = attrs.field(factory=Counter, init=False)
    _cancelled: set[UUID] = attrs.field(factory=set, init=False)

    @contextmanager
    def room(self, tenant: TenantId) -> Iterator[None]:
        """Have a place for a job that may be submitted before the block is left, from its first byte on.
        Raises `TooManyTransfers` for a tenant that has as many under way as it may."""
        under_way = self._coming[tenant] + sum(1 for one in self._open.values() if one == tenant)
        if under_way >= WAITING_PER_TENANT:
            raise TooManyTransfers(WAITING_PER_TENANT)
        self._coming[tenant] += 1
        try:
            yield
        finally:
            self._coming[tenant] -= 1

    def submit(self, id: UUID, tenant: TenantId, job: Job) -> None:
        """Do a job when its turn comes. It tells what goes wrong itself, and raises nothing."""
        self._open[id] = tenant
        self._jobs.put_nowait((id, job))

    def cancel(self, id: UUID) -> None:
        """Have a job end at its next step, if it is under way here."""
        if id in self._open:
            self._cancelled.add(id)

    def require_wanted(self, id: UUID) -> None:
        """Raise `Cancelled` for a job that is to end."""
        if id in self._cancelled:
            raise Cancelled

    async def run(self) -> None:
        """Do the jobs for as long as the server runs."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work(), name="transfers")

    async def idle(self) -> None:
        """Return once no job is under way."""
        await self._jobs.join()

    async def _work(self) -> None:
        while True:
            id, job = await self._jobs.get()
            try:
                await job()
            except Exception:
                _log.exception("a transfer did not tell how it ended: %s", id)
            finally:
                del self._open[id]
                self._cancelled.discard(id)
                self._jobs.task_done()

    async def forget(self, now: Instant) -> None:
        """Drop the files that were kept long enough."""
        for id in await self.files.made_before(Instant(now - self.keep)):
            await self.files.drop(id)
