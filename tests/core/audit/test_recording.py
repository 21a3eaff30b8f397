"""What a unit of work changes is written down in that very unit: both remain, or neither."""

from __future__ import annotations

import hashlib
import json

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_core.audit import MASK, AuditSearch, Change, ChangeKind, Mention, Recorded
from emobility_core.customers import Customer
from emobility_core.ids import shown
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import (
    later,
    make_auditor,
    make_client,
    make_command,
    make_customer,
    make_event,
    make_site,
    make_tenant,
    make_trusted_issuer,
)
from emobility_core.testing.builders.audit import PlainViews
from emobility_core.testing.clock import FrozenClock
from emobility_core.work import Deed, Page, Scope

ROOT = make_tenant(name="root")
BELOW = make_tenant(ROOT, name="below")
DEED = Deed(operation="customers_create", client="cli_1", request="r1", named=("cus_named",))
EVERY = AuditSearch(page=Page(limit=99, descendants=True))


@pytest.fixture
async def store() -> MemoryStore:
    store = MemoryStore(make_auditor())
    async with store.transactions(Scope.system(ROOT.id, "/", "tests")) as work:
        await work.tenants.add(ROOT)
        await work.tenants.add(BELOW)
    return store


def by(tenant: Tenant = ROOT, deed: Deed | None = DEED) -> Scope:
    return scope_of(tenant, "client:cli_1" if deed else "system:job", deed)


async def written(store: MemoryStore, *, of: str = "client:cli_1") -> list[Recorded]:
    async with store.transactions(by()) as work:
        found = await work.audit_entries.page(EVERY)
    return [one for one in found if one.entry.actor == of]


def customer(**changes: object) -> Customer:
    return make_customer(**{"tenant": ROOT.id, **changes})


async def test_one_entry_for_all_that_a_unit_changes(store: MemoryStore) -> None:
    first, second = customer(), customer(name="Bea")
    async with store.transactions(by()) as work:
        await work.customers.add(first)
        await work.customers.add(second)
    async with store.transactions(by()) as work:
        known = await work.customers.get(first.id)
        await work.customers.replace(attrs.evolve(known, name="Cleo"))
    created, changed = await written(store)
    assert [one.subject for one in created.details] == [str(first.id), str(second.id), "cus_named"]
    assert created.details[0].before is None
    assert (changed.details[0].before, changed.details[0].after) == ({"name": first.name}, {"name": "Cleo"})


async def test_a_unit_that_fails_leaves_neither(store: MemoryStore) -> None:
    with pytest.raises(RuntimeError):
        async with store.transactions(by()) as work:
            await work.customers.add(customer())
            raise RuntimeError("the power goes")
    assert await written(store) == []


async def test_without_its_entry_an_effect_does_not_remain(store: MemoryStore) -> None:
    def no_chance() -> str:
        raise RuntimeError("no randomness to be had")

    broken = MemoryStore(make_auditor(salt=no_chance))
    async with store.transactions(by()) as work:
        tenants = await work.tenants.page(Page(descendants=True))
    with pytest.raises(RuntimeError):
        async with broken.transactions(by()) as work:
            await work.tenants.add(tenants[0])
    async with broken.transactions(by()) as work:
        assert await work.tenants.page(Page(descendants=True)) == []


async def test_a_unit_that_only_reads_leaves_none(store: MemoryStore) -> None:
    async with store.transactions(by()) as work:
        await work.customers.page(Page())
    assert await written(store) == []


async def test_what_is_published_alone_is_an_effect_of_what_it_names(store: MemoryStore) -> None:
    async with store.transactions(by()) as work:
        work.outbox.publish(make_event(tenant=ROOT.id))
    (entry,) = await written(store)
    assert [one.subject for one in entry.details] == ["cus_named"]


async def test_a_record_changed_twice_is_told_once_from_first_to_last(store: MemoryStore) -> None:
    one = customer(name="Ada", email="ada@example.org")
    async with store.transactions(by()) as work:
        await work.customers.add(one)
    async with store.transactions(by()) as work:
        await work.customers.replace(attrs.evolve(one, name="Bea"))
        known = await work.customers.get(one.id)
        await work.customers.replace(attrs.evolve(known, name="Cleo", email=None))
    _, entry = await written(store)
    assert entry.details[0].before == {"name": "Ada", "email": "ada@example.org"}
    assert entry.details[0].after == {"name": "Cleo", "email": None}


async def test_what_is_removed_is_told_as_it_was(store: MemoryStore) -> None:
    site = make_site(tenant=ROOT.id, name="Here")
    async with store.transactions(by()) as work:
        await work.sites.add(site)
        await work.sites.remove(site.id)
    async with store.transactions(by()) as work:
        await work.sites.add(site)
    async with store.transactions(by()) as work:
        await work.sites.get(site.id)
        await work.sites.remove(site.id)
    *_, entry = await written(store)
    assert entry.details[0].after is None
    assert (entry.details[0].before or {})["name"] == "Here"


async def test_whose_records_they_are_reads_of_it(store: MemoryStore) -> None:
    async with store.transactions(by()) as work:
        await work.customers.add(customer(tenant=BELOW.id))
    async with store.transactions(by()) as work:
        await work.customers.add(customer())
        await work.customers.add(customer(tenant=BELOW.id))
    assert [one.entry.tenant for one in await written(store)] == [BELOW.id, ROOT.id]


async def test_jobs_are_written_down_where_they_touch_master_data(store: MemoryStore) -> None:
    async with store.transactions(by(deed=None)) as work:
        await work.commands.add(make_command(tenant=ROOT.id))
    async with store.transactions(by(deed=None)) as work:
        await work.customers.add(customer())
        await work.customers.add(customer(tenant=BELOW.id))
    found = await written(store, of="system:job")
    assert [(one.entry.tenant, len(one.details)) for one in found] == [(ROOT.id, 1), (BELOW.id, 1)]
    assert {one.entry.operation for one in found} == {"system:job"}


async def test_secrets_and_bank_data_are_masked_and_what_is_long_is_told_by_its_digest() -> None:
    class Views(PlainViews):
        def view(self, record: object) -> dict[str, object]:
            account = {"iban": "DE02120300000000202051", "owner": "Ada"}
            return {**super().view(record), "account": account, "bic": "BYLADEM1001", "long": "A" * 5_000}

    change = Change.between(None, make_client(secret_digest="d1gest"), ChangeKind.CREATED, Views())
    assert change.after is not None
    assert change.after["secret_digest"] == change.after["bic"] == MASK
    assert change.after["account"] == {"iban": MASK, "owner": "Ada"}
    quoted = '"' + "A" * 5_000 + '"'
    assert change.after["long"] == {
        "sha256": hashlib.sha256(quoted.encode()).hexdigest(),
        "characters": 5_002,
    }
    assert "DE0212" not in str(change)


async def test_a_secret_that_changes_is_told_to_have_changed() -> None:
    before = make_client(secret_digest="one")
    after = attrs.evolve(before, secret_digest="two", version=1, updated_at=later())
    change = Change.between(before, after, ChangeKind.CHANGED, PlainViews())
    assert (change.before, change.after) == ({"secret_digest": MASK}, {"secret_digest": MASK})


async def test_both_clocks_are_told(store: MemoryStore) -> None:
    ahead = FrozenClock()
    ahead.advance(later(days=30) - later())
    async with store.transactions(by(deed=attrs.evolve(DEED, clock=ahead))) as work:
        await work.customers.add(customer())
    (entry,) = await written(store)
    assert '"at":"2026-06-10T12:00:00.123456Z"' in entry.entry.content
    assert '"tenant_time":"2026-07-10T12:00:00.123456Z"' in entry.entry.content


async def test_who_is_named_by_an_issuer_is_named_where_it_can_be_erased(store: MemoryStore) -> None:
    """The subject of a token may be an e-mail address; the content of an entry is never changed."""
    issuer = f"subject:{shown('iss', make_trusted_issuer().id)}"
    deed = attrs.evolve(DEED, act=("cli_01kbexamp1e000000000000001", "bea@example.org"))
    scope = attrs.evolve(by(deed=deed), actor=f"{issuer}:ada@example.org")
    async with store.transactions(scope) as work:
        await work.customers.add(customer())
    (found,) = await written(store, of=issuer)
    assert "@" not in found.entry.content
    assert found.entry.actor == issuer
    content = json.loads(found.entry.content)
    assert content["act"] == ["cli_01kbexamp1e000000000000001", "subject"]
    assert [one["kind"] for one in content["changes"]] == ["created", "named", "acted", "acted"]
    assert [one.after for one in found.details[2:]] == [
        {"actor": f"{issuer}:ada@example.org"}, {"act": "bea@example.org"},
    ]  # fmt: skip
    ada = Mention(text="ada@example.org", instead="erased-1", anywhere=True)
    async with store.transactions(by()) as work:
        await work.audit_entries.erase([], [ada], by(), by="ers_1")
    (found,) = await written(store, of=issuer)
    assert [one.after for one in found.details[2:]] == [None, {"act": "bea@example.org"}]
