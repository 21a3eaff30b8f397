"""What records of every kind promise."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from emobility_core.customers import IdTag
from emobility_core.errors import NotFound
from emobility_core.network import StationIdentity
from emobility_core.tenancy import Tenant, UnknownTenant
from emobility_core.testing import builders
from emobility_core.testing.builders import later
from emobility_core.testing.contracts.kinds import KINDS, Kind, each_kind
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken, Page, Record, StaleWrite

TRIES = 200


def _of(tenant: Tenant, kind: Kind, /, **changes: Any) -> Any:
    return kind.make(tenant=tenant.id, **changes)


def _port(work: Any, kind: Kind) -> Any:
    return getattr(work, kind.port)


async def _added(store: Seeded, kind: Kind, *records: Record) -> None:
    async with store.unit(store.root) as work:
        for record in records:
            await _port(work, kind).add(record)


async def _page(store: Seeded, kind: Kind, page: Page) -> list[Any]:
    """What a page lists: whichever it is, as much of it is counted."""
    async with store.unit() as work:
        found: list[Any] = await _port(work, kind).page(page)
        assert await _port(work, kind).count(page) == len(found)
        return found


@each_kind
class RecordsContract:
    """Master records of all kinds but tenants."""

    async def test_an_added_record_is_read_back_equal(self, store: Seeded, kind: Kind) -> None:
        plain = _of(store.a, kind)
        full = _of(store.a, kind, external_ids={"sap": f"F-{kind.port}"}, **kind.full)
        await _added(store, kind, plain, full)
        async with store.unit() as work:
            assert await _port(work, kind).get(plain.id) == plain
            assert await _port(work, kind).get(full.id) == full

    async def test_an_unknown_id_is_refused_by_the_name_of_the_kind(self, store: Seeded, kind: Kind) -> None:
        async with store.unit() as work:
            with pytest.raises(kind.unknown):
                await _port(work, kind).get(_of(store.a, kind).id)

    async def test_a_replaced_record_is_read_back_under_the_next_version(
        self, store: Seeded, kind: Kind
    ) -> None:
        record = _of(store.a, kind, **{kind.attribute: kind.one})
        await _added(store, kind, record)
        changed = attrs.evolve(record, updated_at=later(hours=1), **{kind.attribute: kind.other})
        async with store.unit() as work:
            returned = await _port(work, kind).replace(changed)
        assert returned == attrs.evolve(changed, version=1)
        async with store.unit() as work:
            assert await _port(work, kind).get(record.id) == returned

    async def test_the_second_writer_of_a_version_is_refused(self, store: Seeded, kind: Kind) -> None:
        record = _of(store.a, kind)
        await _added(store, kind, record)
        async with store.unit() as work:
            await _port(work, kind).replace(record)
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await _port(work, kind).replace(record)

    async def test_an_exception_leaves_nothing_of_a_record(self, store: Seeded, kind: Kind) -> None:
        record = _of(store.a, kind)
        with pytest.raises(RuntimeError):
            async with store.unit() as work:
                await _port(work, kind).add(record)
                raise RuntimeError
        async with store.unit() as work:
            with pytest.raises(kind.unknown):
                await _port(work, kind).get(record.id)

    async def test_a_refused_unit_leaves_nothing_of_its_other_records(
        self, store: Seeded, kind: Kind
    ) -> None:
        before, fresh = _of(store.a, kind), _of(store.a, kind)
        await _added(store, kind, before)
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await _port(work, kind).add(fresh)
                await _port(work, kind).replace(attrs.evolve(before, version=7))
        async with store.unit() as work:
            with pytest.raises(kind.unknown):
                await _port(work, kind).get(fresh.id)

    async def test_many_are_added_and_replaced_as_one_is(self, store: Seeded, kind: Kind) -> None:
        records = [
            _of(tenant, kind, external_ids={"sap": f"M-{kind.port}"}, **{kind.attribute: kind.one})
            for tenant in (store.a, store.b)
        ]
        async with store.unit() as work:
            await _port(work, kind).add_all(records)
            await _port(work, kind).add_all([])
        changed = [attrs.evolve(one, external_ids={}, **{kind.attribute: kind.other}) for one in records]
        async with store.unit() as work:
            stored = await _port(work, kind).replace_all(changed)
            assert await _port(work, kind).replace_all([]) == []
        assert stored == [attrs.evolve(one, version=1) for one in changed]
        assert await _page(store, kind, Page.of("id", [one.id for one in records])) == stored
        assert await _page(store, kind, Page(filters={"external_id": [f"sap:M-{kind.port}"]})) == []

    async def test_of_many_one_that_is_stale_or_foreign_leaves_all_as_they_were(
        self, store: Seeded, kind: Kind
    ) -> None:
        own, other, foreign = _of(store.a, kind), _of(store.a, kind), _of(store.c, kind)
        await _added(store, kind, own, other, foreign)
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await _port(work, kind).replace_all([own, attrs.evolve(other, version=7)])
        for beside in (foreign, _of(store.a, kind)):
            with pytest.raises(kind.unknown):
                async with store.unit() as work:
                    await _port(work, kind).replace_all([own, beside])
        for refused in (_of(store.c, kind), other):
            with pytest.raises((NotFound, AlreadyTaken)):
                async with store.unit() as work:
                    await _port(work, kind).add_all([_of(store.a, kind), refused])
        assert await _page(store, kind, Page()) == [own, other]

    async def test_tenants_above_see_a_record(self, store: Seeded, kind: Kind) -> None:
        record = _of(store.b, kind)
        await _added(store, kind, record)
        for tenant in (store.root, store.a, store.b):
            async with store.unit(tenant) as work:
                assert await _port(work, kind).get(record.id) == record

    async def test_tenants_below_and_beside_do_not_see_a_record(self, store: Seeded, kind: Kind) -> None:
        record = _of(store.a, kind)
        await _added(store, kind, record)
        for tenant in (store.b, store.c):
            with pytest.raises(kind.unknown):
                async with store.unit(tenant) as work:
                    await _port(work, kind).get(record.id)
            with pytest.raises(kind.unknown):
                async with store.unit(tenant) as work:
                    await _port(work, kind).replace(record)

    async def test_no_record_is_written_into_a_foreign_tenant(self, store: Seeded, kind: Kind) -> None:
        own, foreign = _of(store.a, kind), _of(store.c, kind)
        await _added(store, kind, own)
        with pytest.raises(NotFound):
            async with store.unit() as work:
                await _port(work, kind).add(foreign)
        with pytest.raises(NotFound):
            async with store.unit() as work:
                await _port(work, kind).replace(attrs.evolve(own, tenant=store.c.id))

    async def test_an_external_id_is_unique_within_tenant_and_system(self, store: Seeded, kind: Kind) -> None:
        await _added(store, kind, _of(store.a, kind, external_ids={"sap": "4711"}))
        await _added(store, kind, _of(store.a, kind, external_ids={"crm": "4711"}))
        await _added(store, kind, _of(store.b, kind, external_ids={"sap": "4711"}))
        with pytest.raises(AlreadyTaken):
            await _added(store, kind, _of(store.a, kind, external_ids={"sap": "4711"}))

    async def test_a_replaced_record_may_not_take_an_external_id_and_frees_its_own(
        self, store: Seeded, kind: Kind
    ) -> None:
        first = _of(store.a, kind, external_ids={"sap": "1"})
        second = _of(store.a, kind, external_ids={"sap": "2"})
        await _added(store, kind, first, second)
        with pytest.raises(AlreadyTaken):
            async with store.unit() as work:
                await _port(work, kind).replace(attrs.evolve(second, external_ids={"sap": "1"}))
        async with store.unit() as work:
            await _port(work, kind).replace(attrs.evolve(first, external_ids={}))
        async with store.unit() as work:
            await _port(work, kind).replace(attrs.evolve(second, external_ids={"sap": "1"}))

    async def test_a_record_is_found_by_its_external_id(self, store: Seeded, kind: Kind) -> None:
        wanted = _of(store.a, kind, external_ids={"sap": "4711", "crm": "1"})
        await _added(store, kind, wanted, _of(store.a, kind, external_ids={"sap": "1"}))
        assert await _page(store, kind, Page(filters={"external_id": ["sap:4711"]})) == [wanted]

    async def test_a_page_lists_the_own_tenants_records_in_the_order_of_creation(
        self, store: Seeded, kind: Kind
    ) -> None:
        records = [_of(store.a, kind) for _ in range(3)]
        await _added(store, kind, *reversed(records), _of(store.b, kind), _of(store.c, kind))
        assert await _page(store, kind, Page()) == records
        assert await _page(store, kind, Page(backwards=True)) == records[::-1]

    async def test_a_page_adds_the_tenants_below_when_asked(self, store: Seeded, kind: Kind) -> None:
        above, own, below = (_of(one, kind) for one in (store.root, store.a, store.b))
        await _added(store, kind, above, own, below, _of(store.c, kind))
        assert await _page(store, kind, Page(descendants=True)) == [own, below]

    async def test_a_cursor_goes_through_all_records_once(self, store: Seeded, kind: Kind) -> None:
        records = [_of(store.a, kind) for _ in range(5)]
        await _added(store, kind, *records)
        for backwards, expected in ((False, records), (True, records[::-1])):
            seen: list[Any] = []
            while page := await _page(
                store, kind, Page(limit=2, after=seen[-1].id if seen else None, backwards=backwards)
            ):
                assert len(page) <= 2
                seen += page
            assert seen == expected

    async def test_a_filter_allows_the_values_it_names(self, store: Seeded, kind: Kind) -> None:
        one = _of(store.a, kind, **{kind.attribute: kind.one})
        other = _of(store.a, kind, **{kind.attribute: kind.other})
        await _added(store, kind, one, other)
        assert await _page(store, kind, Page(filters={kind.attribute: [kind.one]})) == [one]
        both = Page(filters={kind.attribute: [kind.one, kind.other]})
        assert await _page(store, kind, both) == [one, other]
        assert await _page(store, kind, Page(filters={kind.attribute: []})) == []

    async def test_several_filters_must_all_match(self, store: Seeded, kind: Kind) -> None:
        one, other = (_of(store.a, kind, **{kind.attribute: value}) for value in (kind.one, kind.other))
        await _added(store, kind, one, other)
        contradiction = Page(filters={kind.attribute: [kind.one], "id": [other.id]})
        assert await _page(store, kind, contradiction) == []

    async def test_only_what_changed_since_is_listed(self, store: Seeded, kind: Kind) -> None:
        old, new = _of(store.a, kind), _of(store.a, kind, updated_at=later(minutes=5))
        await _added(store, kind, old, new)
        assert await _page(store, kind, Page(updated_after=old.updated_at)) == [new]

    async def test_of_many_concurrent_changes_none_is_lost(self, store: Seeded, kind: Kind) -> None:
        # An adapter writes all kinds alike: one of them carries the whole load.
        many = 50 if kind is KINDS[0] else 5
        record = _of(store.a, kind)
        await _added(store, kind, record)

        async def change() -> None:
            for _ in range(TRIES):
                try:
                    async with store.unit() as work:
                        now = await _port(work, kind).get(record.id)
                        await asyncio.sleep(0)
                        await _port(work, kind).replace(
                            attrs.evolve(now, updated_at=later(now.updated_at, seconds=1))
                        )
                        await asyncio.sleep(0)
                except StaleWrite:
                    continue
                return
            pytest.fail("a change never got through")

        await asyncio.gather(*(change() for _ in range(many)))
        async with store.unit() as work:
            after = await _port(work, kind).get(record.id)
        assert (after.version, after.updated_at) == (many, later(record.updated_at, seconds=many))


class UniqueValuesContract:
    """Values that no two records may share."""

    async def test_a_station_identity_is_unique_over_all_tenants_whatever_its_case(
        self, store: Seeded
    ) -> None:
        first = builders.make_station(tenant=store.a.id)
        same = StationIdentity(first.identity.text.swapcase())
        async with store.unit() as work:
            await work.stations.add(first)
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit(store.c) as work:
                await work.stations.add(builders.make_station(tenant=store.c.id, identity=same))
        assert refusal.value.field == "identity"

    async def test_an_email_is_unique_within_its_tenant_whatever_its_case(self, store: Seeded) -> None:
        first = builders.make_user(tenant=store.a.id)
        async with store.unit(store.root) as work:
            await work.users.add(first)
            await work.users.add(builders.make_user(tenant=store.c.id, email=first.email))
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.users.add(builders.make_user(tenant=store.a.id, email=first.email.upper()))
        assert refusal.value.field == "email"

    async def test_an_id_tag_is_unique_within_its_tenant_whatever_its_case(self, store: Seeded) -> None:
        tag, same = IdTag("04a1b2"), IdTag("04A1B2")
        async with store.unit(store.root) as work:
            await work.tokens.add(builders.make_token(tenant=store.a.id, id_tag=tag))
            await work.tokens.add(builders.make_token(tenant=store.c.id, id_tag=same))
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.tokens.add(builders.make_token(tenant=store.a.id, id_tag=same))
        assert refusal.value.field == "id_tag"

    async def test_a_contract_number_is_unique_within_its_tenant(self, store: Seeded) -> None:
        async with store.unit(store.root) as work:
            await work.contracts.add(builders.make_contract(tenant=store.a.id, number="C-1"))
            await work.contracts.add(builders.make_contract(tenant=store.c.id, number="C-1"))
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                await work.contracts.add(builders.make_contract(tenant=store.a.id, number="C-1"))
        assert refusal.value.field == "number"

    async def test_one_external_id_may_name_records_of_two_kinds(self, store: Seeded) -> None:
        async with store.unit() as work:
            await work.sites.add(builders.make_site(tenant=store.a.id, external_ids={"sap": "1"}))
            await work.customers.add(builders.make_customer(tenant=store.a.id, external_ids={"sap": "1"}))


class TenantsContract:
    """Tenants: each brings its own place in the tree."""

    async def test_a_tenant_is_read_back_equal_from_above(self, store: Seeded) -> None:
        child = builders.make_tenant(
            store.a,
            name="child",
            external_ids={"sap": "T1"},
            settings={"retention_days": 30, "company_address": ("Markt 1", "Ulm")},
            locked=("retention_days",),
            closed_at=later(hours=2),
        )
        async with store.unit() as work:
            await work.tenants.add(child)
        for tenant in (store.root, store.a, child):
            async with store.unit(tenant) as work:
                assert await work.tenants.get(child.id) == child

    async def test_tenants_above_and_beside_are_unknown(self, store: Seeded) -> None:
        async with store.unit() as work:
            for foreign in (store.root, store.c):
                with pytest.raises(UnknownTenant):
                    await work.tenants.get(foreign.id)

    async def test_the_line_of_a_tenant_begins_with_the_root(self, store: Seeded) -> None:
        for scope in (store.root, store.a, store.b):
            async with store.unit(scope) as work:
                assert await work.tenants.line(store.b.id) == [store.root, store.a, store.b]

    async def test_the_line_of_a_tenant_above_or_beside_is_unknown(self, store: Seeded) -> None:
        async with store.unit() as work:
            for foreign in (store.root, store.c):
                with pytest.raises(UnknownTenant):
                    await work.tenants.line(foreign.id)

    async def test_no_tenant_is_added_beside(self, store: Seeded) -> None:
        with pytest.raises(NotFound):
            async with store.unit() as work:
                await work.tenants.add(builders.make_tenant(store.c))

    async def test_a_page_lists_the_part_of_the_tree(self, store: Seeded) -> None:
        async with store.unit() as work:
            assert await work.tenants.page(Page(descendants=True)) == [store.a, store.b]
            assert await work.tenants.page(Page()) == [store.a]

    async def test_the_second_writer_of_a_version_is_refused(self, store: Seeded) -> None:
        async with store.unit() as work:
            renamed = await work.tenants.replace(attrs.evolve(store.b, name="renamed"))
        assert renamed.version == 1
        with pytest.raises(StaleWrite):
            async with store.unit() as work:
                await work.tenants.replace(attrs.evolve(store.b, name="again"))
