"""Which server processes live that work on imports and exports."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol
from uuid import UUID

from emobility_core.instants import Instant

# Whoever has not been heard of for so long is gone, and what it worked on is interrupted.
LEASE = timedelta(minutes=2)


class TransferWorkers(Protocol):
    """Processes, by when they were last heard of in real time; they belong to no tenant."""

    async def note(self, worker: UUID, at: Instant) -> None:
        """A process lives."""
        ...

    async def leave(self, worker: UUID) -> None:
        """A process has ended, and works on nothing more."""
        ...

    async def living(self, since: Instant) -> frozenset[UUID]:
        """Those heard of since then."""
        ...

    async def forget(self, before: Instant) -> None:
        """Drop those that were last heard of before that."""
        ...
