"""What stored answers promise."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken, Scope, StoredAnswer


def _answer(store: Seeded, **changes: Any) -> StoredAnswer:
    fields = {
        "client": f"cli_{store.a.id.hex}",
        "key": "key-1",
        "digest": "5f2a",
        "status": 201,
        "body": '{"name":"Süd"}',
        "headers": {"location": "/v1/sites/sit_1"},
        "created_at": NOON,
    }
    return StoredAnswer(**{**fields, **changes})


class IdempotencyKeysContract:
    """Answers by client and key."""

    async def test_an_answer_is_read_back_equal(self, store: Seeded) -> None:
        answer = _answer(store)
        async with store.unit() as work:
            assert await work.idempotency_keys.find(answer.client, answer.key) is None
            await work.idempotency_keys.add(answer)
        async with store.unit() as work:
            assert await work.idempotency_keys.find(answer.client, answer.key) == answer
            assert await work.idempotency_keys.find(answer.client, "key-2") is None

    async def test_a_client_uses_a_key_once(self, store: Seeded) -> None:
        answer = _answer(store)
        async with store.unit() as work:
            await work.idempotency_keys.add(answer)
            await work.idempotency_keys.add(attrs.evolve(answer, client=f"{answer.client}-2"))
            await work.idempotency_keys.add(attrs.evolve(answer, key="key-2"))
        with pytest.raises(AlreadyTaken):
            async with store.unit() as work:
                await work.idempotency_keys.add(attrs.evolve(answer, status=409))

    async def test_old_answers_are_forgotten(self, store: Seeded) -> None:
        old, young = _answer(store), _answer(store, key="key-2", created_at=later(days=7))
        async with store.unit() as work:
            await work.idempotency_keys.add(old)
            await work.idempotency_keys.add(young)
        async with store.transactions(Scope.system(store.root.id, "/", "test")) as work:
            await work.idempotency_keys.forget(later(days=7))
        async with store.unit() as work:
            assert await work.idempotency_keys.find(old.client, old.key) is None
            assert await work.idempotency_keys.find(young.client, young.key) == young

    async def test_an_answer_goes_with_its_unit(self, store: Seeded) -> None:
        answer = _answer(store)
        with pytest.raises(RuntimeError):
            async with store.unit() as work:
                await work.idempotency_keys.add(answer)
                raise RuntimeError
        async with store.unit() as work:
            assert await work.idempotency_keys.find(answer.client, answer.key) is None
