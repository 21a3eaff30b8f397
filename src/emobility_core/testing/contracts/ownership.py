"""What the ownership of fields promises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import attrs
import pytest

from emobility_core.errors import NotFound
from emobility_core.testing.builders import make_customer
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import Ownership, StaleWrite


def _owned(store: Seeded, **changes: Any) -> Ownership:
    plain = Ownership(record=make_customer().id, tenant=store.a.id, system="sap", fields=("email", "name"))
    return attrs.evolve(plain, **changes)


def _by_record(ownerships: Iterable[Ownership]) -> dict[UUID, Ownership]:
    return {one.record: one for one in ownerships}


class OwnershipsContract:
    """What other systems own of records."""

    async def test_what_a_system_tells_is_read_back_equal(self, store: Seeded) -> None:
        ownership = _owned(store, revision=2**53 - 1)
        async with store.unit() as work:
            await work.ownerships.add(ownership)
        async with store.unit() as work:
            assert await work.ownerships.find(ownership.record, "sap") == ownership
            assert await work.ownerships.find(ownership.record, "crm") is None
            was = {"blocked": False, "validity": {"since": None, "until": "2027-01-01T00:00:00Z"}}
            again = attrs.evolve(ownership, fields=(), revision=None, switched_off=was)
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

    async def test_many_are_told_found_and_told_anew_together(self, store: Seeded) -> None:
        many = [_owned(store) for _ in range(3)]
        async with store.unit() as work:
            await work.ownerships.add(*many, attrs.evolve(many[0], system="crm"))
            await work.ownerships.add()
        ids = [one.record for one in many]
        anew = [attrs.evolve(one, fields=("name",), revision=number) for number, one in enumerate(many)]
        async with store.unit() as work:
            assert _by_record(await work.ownerships.of(ids, "sap")) == _by_record(many)
            assert await work.ownerships.of([], "sap") == []
            await work.ownerships.replace(*anew)
        async with store.unit() as work:
            found = await work.ownerships.of(ids[1:], "sap")
        assert _by_record(found) == _by_record(attrs.evolve(one, version=1) for one in anew[1:])
        late = [attrs.evolve(anew[0], version=1, fields=()), anew[1]]
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await work.ownerships.replace(*late)
        async with store.unit() as work:
            assert await work.ownerships.find(ids[0], "sap") == attrs.evolve(anew[0], version=1)
        async with store.unit(store.c) as work:
            assert await work.ownerships.of(ids, "sap") == []

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
