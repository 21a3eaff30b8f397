"""What marks of things that count once only promise."""

from __future__ import annotations

import pytest

from emobility_core.identity import SpentAlready
from emobility_core.testing.builders import later
from emobility_core.testing.contracts.seeded import Seeded


class SpentContract:
    """Marks, each spent once."""

    async def test_a_mark_is_spent_once(self, store: Seeded) -> None:
        mark = f"mark of {store.a.id.hex}"
        async with store.unit() as work:
            await work.spent.spend(mark, tenant=store.a.id, until=later())
            await work.spent.spend(f"another {mark}", tenant=store.a.id, until=later())
        with pytest.raises(SpentAlready):
            async with store.unit() as work:
                await work.spent.spend(mark, tenant=store.a.id, until=later(days=1))

    async def test_a_mark_goes_with_its_unit(self, store: Seeded) -> None:
        mark = f"mark of {store.a.id.hex}"
        with pytest.raises(RuntimeError):
            async with store.unit() as work:
                await work.spent.spend(mark, tenant=store.a.id, until=later())
                raise RuntimeError
        async with store.unit() as work:
            await work.spent.spend(mark, tenant=store.a.id, until=later())

    async def test_a_mark_is_forgotten_once_it_need_not_be_remembered(self, store: Seeded) -> None:
        old, young = f"old {store.a.id.hex}", f"young {store.a.id.hex}"
        async with store.unit() as work:
            await work.spent.spend(old, tenant=store.a.id, until=later())
            await work.spent.spend(young, tenant=store.a.id, until=later(days=1))
        async with store.unit() as work:
            assert await work.spent.forget(later(days=1), limit=9) == 1
            await work.spent.spend(old, tenant=store.a.id, until=later())
        with pytest.raises(SpentAlready):
            async with store.unit() as work:
                await work.spent.spend(young, tenant=store.a.id, until=later())
