"""What the ownership of fields promises."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from emobility_core.errors import NotFound
from emobility_core.testing.builders import make_customer
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import Ownership, StaleWrite


def _owned(store: Seeded, **changes: Any) -> Ownership:
    plain = Ownership(record=make_customer().id, tenant=store.a.id, system="sap", fields=("email", "name"))
    return attrs.evolve(plain, **changes)


class OwnershipsContract:
    """What other systems own of records."""

    async def test_what_a_system_tells_is_read_back_equal(self, store: Seeded) -> None:
        ownership = _owned(store, revision=2**53 - 1)
        async with store.unit() as work:
            await work.ownerships.add(ownership)
        async with store.unit() as work:
            assert await work.ownerships.find(ownership.record, "sap") == ownership
            assert await work.ownerships.find(ownership.record, "crm") is None
            again = attrs.evolve(ownership, fields=(), revision=None)
            await work.ownerships.replace(again)
        async with store.unit() as work:
            found = await work.ownerships.find(ownership.record, "sap")
        assert found == attrs.evolve(again, version=1)

    async def test_the_second_who_tells_at_once_is_refused(self, store: Seeded) -> None:
        ownership = _owned(store)
        async with store.unit() as work:
            await work.ownerships.add(ownership)
            await work.ownerships.add(attrs.evolve(ownership, system="crm"))
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await work.ownerships.add(ownership)
        async with store.unit() as work:
            await work.ownerships.replace(ownership)
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await work.ownerships.replace(ownership)

    async def test_what_is_foreign_is_neither_seen_nor_written(self, store: Seeded) -> None:
        ownership = _owned(store)
        async with store.unit() as work:
            await work.ownerships.add(ownership)
        for tenant in (store.b, store.c):
            async with store.unit(tenant) as work:
                assert await work.ownerships.find(ownership.record, "sap") is None
            with pytest.raises(StaleWrite):
                async with store.unit(tenant) as work:
                    await work.ownerships.replace(ownership)
        with pytest.raises(NotFound):
            async with store.unit(store.c) as work:
                await work.ownerships.add(_owned(store))
