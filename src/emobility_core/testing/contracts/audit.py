"""What the audit log promises: entries are found, keep their places, and are never another tenant's."""

from __future__ import annotations

import attrs
import pytest

from emobility_core.audit import (
    AuditOutcome,
    AuditSearch,
    ChainCheck,
    Mention,
    Recorded,
    UnknownAuditEntry,
)
from emobility_core.ids import AuditEntryId
from emobility_core.instants import Instant
from emobility_core.tenancy import Tenant, UnknownTenant
from emobility_core.testing.builders import later
from emobility_core.testing.builders.audit import make_audit_entry
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import Page

EVERY = Page(limit=99)


async def _added(
    store: Seeded, *subjects: str, tenant: Tenant | None = None, **changes: object
) -> AuditEntryId:
    entry, details = make_audit_entry((tenant or store.a).id, *subjects, **changes)  # type: ignore[arg-type]
    async with store.unit(tenant) as work:
        await work.audit_entries.add(entry, details)
    return entry.id


async def _found(store: Seeded, tenant: Tenant | None = None, **search: object) -> list[Recorded]:
    wanted = AuditSearch(**{"page": EVERY, **search})  # type: ignore[arg-type]
    async with store.unit(tenant) as work:
        found: list[Recorded] = await work.audit_entries.page(wanted)
        # Whatever a page lists, as much of it is counted.
        assert await work.audit_entries.count(wanted) == len(found)
    return found


def _ids(found: list[Recorded]) -> list[AuditEntryId]:
    return [one.id for one in found]


class AuditEntriesContract:
    """The log within a scope."""

    async def test_an_entry_comes_back_as_it_was_written(self, store: Seeded) -> None:
        entry, details = make_audit_entry(store.a.id, "sit_1", "sit_2")
        async with store.unit() as work:
            await work.audit_entries.add(entry, details)
        async with store.unit() as work:
            found = await work.audit_entries.get(entry.id)
        assert found == Recorded(entry=entry, details=tuple(details))

    async def test_what_is_unknown_or_foreign_does_not_exist(self, store: Seeded) -> None:
        id = await _added(store, "sit_1")
        for tenant in (store.b, store.c):
            async with store.unit(tenant) as work:
                with pytest.raises(UnknownAuditEntry):
                    await work.audit_entries.get(id)
            assert await _found(store, tenant, subjects=["sit_1"]) == []
        foreign, _ = make_audit_entry(store.c.id)
        with pytest.raises(UnknownTenant):
            async with store.unit() as work:
                await work.audit_entries.add(foreign, [])

    async def test_entries_are_found_by_what_is_known_of_them(self, store: Seeded) -> None:
        one = await _added(store, "sit_1", "sit_2")
        two = await _added(store, "sit_2", operation="sites_change", actor="user:usr_1")
        three = await _added(store, outcome=AuditOutcome.DENIED, reason="no")
        assert _ids(await _found(store)) == [one, two, three]
        assert _ids(await _found(store, subjects=["sit_2"])) == [one, two]
        assert _ids(await _found(store, subjects=["sit_1", "sit_3"])) == [one]
        for filters, expected in (
            ({"operation": ["sites_change"]}, [two]),
            ({"actor": ["user:usr_1"]}, [two]),
            ({"outcome": [AuditOutcome.DENIED]}, [three]),
        ):
            assert _ids(await _found(store, page=attrs.evolve(EVERY, filters=filters))) == expected
        assert _ids(await _found(store, page=Page(limit=1, backwards=True))) == [three]
        assert _ids(await _found(store, page=attrs.evolve(EVERY, after=one))) == [two, three]

    async def test_entries_are_found_by_who_acted_whoever_names_them(self, store: Seeded) -> None:
        issuer = "subject:iss_01kbexamp1e000000000000001"
        ada = await _added(store, "sit_1", actor=f"{issuer}:ada@example.org")
        await _added(store, "sit_1", actor=f"{issuer}:bea@example.org")
        user = await _added(store, actor="user:usr_1")
        assert _ids(await _found(store, actors=[f"{issuer}:ada@example.org"])) == [ada]
        assert _ids(await _found(store, actors=[f"{issuer}:ada@example.org", "user:usr_1"])) == [ada, user]
        assert _ids(await _found(store, tenant=store.b, actors=[f"{issuer}:ada@example.org"])) == []

    async def test_entries_are_found_by_their_time(self, store: Seeded) -> None:
        id = await _added(store)
        (found,) = await _found(store)
        at, after = found.entry.at, Instant(later(seconds=1))
        assert _ids(await _found(store, since=at, until=after)) == [id]
        assert await _found(store, until=at) == await _found(store, since=after) == []

    async def test_what_is_below_is_listed_for_who_asks(self, store: Seeded) -> None:
        below = await _added(store, tenant=store.b)
        assert await _found(store) == []
        assert _ids(await _found(store, page=attrs.evolve(EVERY, descendants=True))) == [below]

    async def test_each_tenant_has_a_chain_of_its_own(self, store: Seeded) -> None:
        ids = [await _added(store, "sit_1"), await _added(store, "sit_2")]
        other = await _added(store, tenant=store.c)
        async with store.unit(store.root) as work:
            assert await work.audit_entries.is_waiting()
            assert len(await work.audit_entries.seal(limit=2)) == 2
            assert len(await work.audit_entries.seal(limit=9)) == 1
            assert await work.audit_entries.seal(limit=9) == []
            assert not await work.audit_entries.is_waiting()
            heads = {one.tenant: one for one in await work.audit_entries.heads()}
            assert {tenant: one.seq for tenant, one in heads.items()} == {store.a.id: 2, store.c.id: 1}
            assert (await work.audit_entries.get(other)).link.hash == heads[store.c.id].hash
        async with store.unit() as work:
            chain = await work.audit_entries.chain(store.a.id, after=0, limit=9)
            assert [(link.seq, link.entry) for link, _ in chain] == [(1, ids[0]), (2, ids[1])]
            assert await work.audit_entries.head(store.a.id) == heads[store.a.id]
            assert heads[store.a.id].hash == chain[1][0].hash
            assert await work.audit_entries.heads() == [heads[store.a.id]]
            assert await work.audit_entries.chain(store.a.id, after=1, limit=1) == chain[1:]
            assert await work.audit_entries.chain(store.c.id, after=0, limit=9) == []
            assert (await work.audit_entries.get(ids[1])).link == chain[1][0]
        check = ChainCheck()
        check.follow(chain)
        assert check.verdict(complete=True).broken is None

    async def test_a_chain_goes_on_where_it_ended(self, store: Seeded) -> None:
        for place in (1, 2, 3):
            await _added(store)
            async with store.unit() as work:
                (link,) = await work.audit_entries.seal(limit=9)
                assert link.seq == place

    async def test_values_are_erased_where_a_person_is_named_or_meant(self, store: Seeded) -> None:
        own, named, other = [await _added(store, *s) for s in (("cus_1", "sit_1"), ("Zoë Ä.",), ("sit_3",))]
        person = Mention(text="zoë Ä.", instead="erased-1", anywhere=True)
        async with store.unit() as work:
            await work.audit_entries.seal(limit=9)
            assert len(await work.audit_entries.about(["cus_1"], [person], store.scope(store.a))) == 2
            erased = await work.audit_entries.erase(["cus_1"], [person], store.scope(store.a), by="ers_1")
            assert {one.entry for one in erased} == {own, named}
            assert await work.audit_entries.about(["cus_1"], [person], store.scope(store.a)) == []
        found = {one.id: one.details for one in await _found(store)}
        gone = found[own][0]
        assert (gone.after, gone.salt, gone.erased_by) == (None, None, "ers_1")
        assert found[own][1].after == {"name": "sit_1"}
        assert [one.erased_by for one in (*found[named], *found[other])] == ["ers_1", None]

    async def test_who_is_named_alike_outside_the_scope_stays(self, store: Seeded) -> None:
        own, meant, alike = [
            await _added(store, subject, tenant=tenant)
            for subject, tenant in (("Zoë Ä.", store.a), ("cus_1", store.c), ("Zoë Ä.", store.c))
        ]
        person = Mention(text="Zoë Ä.", instead="erased-1", anywhere=True)
        async with store.unit(store.root) as work:
            erased = await work.audit_entries.erase(["cus_1"], [person], store.scope(store.a), by="ers_1")
        assert {one.entry for one in erased} == {own, meant}
        found = {one.id: one.details for one in await _found(store, store.c)}
        assert [one.erased_by for one in found[alike]] == [None]

    async def test_what_waits_for_its_place_is_not_lost(self, store: Seeded) -> None:
        await _added(store)
        async with store.unit() as work:
            assert await work.audit_entries.unplaced(store.a.id, limit=9) == []
            await work.audit_entries.seal(limit=9)
            assert await work.audit_entries.unplaced(store.a.id, limit=9) == []
            assert await work.audit_entries.head(store.c.id) is None
