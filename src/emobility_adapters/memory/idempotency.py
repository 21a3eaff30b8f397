"""Answers kept for requests that are sent again."""

from __future__ import annotations

from emobility_adapters.memory.unit import Unit
from emobility_core.instants import Instant
from emobility_core.work import AlreadyTaken, StoredAnswer


class MemoryIdempotencyKeys:
    """Answers by client and key."""

    def __init__(self, unit: Unit) -> None:
        self._rows = unit.rows("idempotency keys")

    async def find(self, client: str, key: str) -> StoredAnswer | None:
        answer: StoredAnswer | None = self._rows.get((client, key))
        return answer

    async def add(self, answer: StoredAnswer) -> None:
        if self._rows.get((answer.client, answer.key)) is not None:
            raise AlreadyTaken("idempotency_key", answer.key)
        self._rows.put((answer.client, answer.key), answer)

    async def forget(self, before: Instant) -> None:
        for answer in [answer for answer in self._rows.values() if answer.created_at < before]:
            self._rows.drop((answer.client, answer.key))
