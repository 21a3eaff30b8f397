"""Moves: what rights a move of tenants takes away and gives."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_core.ids import shown
from emobility_core.tenancy import scope_of
from emobility_core.tenant_moves import PreviewOutdated, ReferencesLeftBehind, move_tenant, preview_move
from emobility_core.testing import builders
from emobility_core.testing.clock import FrozenClock, SeededIds
from emobility_core.testing.contracts import Seeded, seeded


@pytest.fixture
async def store() -> Seeded:
    return await seeded(MemoryStore().transactions)


async def _add(store: Seeded, port: str, *records: Any) -> None:
    async with store.unit(store.root) as work:
        await getattr(work, port).add_all(list(records))


async def test_rights_handed_out_above_are_lost_and_gained(store: Seeded) -> None:
    left, joined, kept = (
        builders.make_role_assignment(tenant=one.id) for one in (store.a, store.c, store.root)
    )
    role = builders.make_role(tenant=store.a.id)
    await _add(store, "role_assignments", left, joined, kept)
    await _add(store, "roles", role)
    async with store.unit(store.root) as work:
        preview = await preview_move(work, store.b.id, store.c.id)
    assert {(one.kind, one.id) for one in preview.lost} == {("role_assignments", left.id), ("roles", role.id)}
    assert [(one.kind, one.id, one.actor) for one in preview.gained] == [
        ("role_assignments", joined.id, joined.actor)
    ]


async def test_a_move_rests_on_what_others_gained_when_it_was_looked_at(store: Seeded) -> None:
    """Nobody comes to more rights by it than the preview told of, nor by a role that they have."""
    site = builders.make_site(tenant=store.c.id).id
    limited = builders.make_role_assignment(tenant=store.c.id, sites=(site,))
    await _add(store, "role_assignments", limited)
    seen: list[str] = []
    for change in ("none", "another", "widened"):
        async with store.unit(store.root) as work:
            if change == "another":
                await work.role_assignments.add(builders.make_role_assignment(tenant=store.c.id))
            elif change == "widened":
                await work.role_assignments.replace(attrs.evolve(limited, sites=None))
        async with store.unit(store.root) as work:
            digest = (await preview_move(work, store.b.id, store.c.id)).digest
        for outdated in seen:
            with pytest.raises(PreviewOutdated):
                async with store.unit(store.root) as work:
                    moving: Any = {"gained": (), "clock": FrozenClock(), "ids": SeededIds()}
                    await move_tenant(work, store.b.id, store.c.id, expected=outdated, **moving)
        seen.append(digest)
    assert len(set(seen)) == 3


async def test_no_move_parts_a_client_from_a_role_that_limits_it(store: Seeded) -> None:
    goes, stays, above = (builders.make_client(tenant=one.id) for one in (store.b, store.a, store.root))
    limits = [
        builders.make_role_assignment(tenant=tenant.id, actor=f"client:{shown('cli', client.id)}")
        for tenant, client in ((store.a, goes), (store.b, stays))
    ]
    kept = [
        builders.make_role_assignment(tenant=tenant.id, actor=f"client:{shown('cli', client.id)}")
        for tenant, client in ((store.root, goes), (store.b, goes), (store.b, above), (store.a, stays))
    ]
    await _add(store, "api_clients", goes, stays, above)
    await _add(store, "role_assignments", *limits, *kept)
    async with store.unit(store.root) as work:
        preview = await preview_move(work, store.b.id, store.c.id)
        assert {(one.id, one.named) for one in preview.references} == {
            (limits[0].id, goes.id),
            (limits[1].id, stays.id),
        }
        moving: dict[str, Any] = {
            "expected": preview.digest,
            "gained": (),
            "clock": FrozenClock(),
            "ids": SeededIds(),
        }
        with pytest.raises(ReferencesLeftBehind):
            await move_tenant(work, store.b.id, store.c.id, **moving)


async def test_a_grant_for_a_station_that_goes_is_lost_and_one_for_another_is_not(store: Seeded) -> None:
    going = builders.make_station(tenant=store.b.id)
    covering = builders.make_grant(tenant=store.a.id, stations=(going.id,))
    await _add(store, "stations", going)
    await _add(store, "grants", covering, builders.make_grant(tenant=store.a.id))
    async with store.unit(store.root) as work:
        preview = await preview_move(work, store.b.id, store.c.id)
    assert [(one.kind, one.id, one.tenant) for one in preview.lost] == [("grants", covering.id, store.a.id)]


async def test_what_was_granted_to_a_tenant_above_goes_and_comes_with_it(store: Seeded) -> None:
    left, joined = (builders.make_grant(tenant=store.root.id, grantee=one.id) for one in (store.a, store.c))
    await _add(store, "grants", left, joined)
    async with store.unit(store.root) as work:
        preview = await preview_move(work, store.b.id, store.c.id)
    assert [one.id for one in preview.lost] == [left.id]
    assert [one.id for one in preview.gained] == [joined.id]


async def test_the_digest_is_the_same_until_what_was_decided_on_changes(store: Seeded) -> None:
    async with store.unit(store.root) as work:
        first = (await preview_move(work, store.b.id, store.c.id)).digest
    await _add(store, "sites", builders.make_site(tenant=store.b.id))
    async with store.transactions(scope_of(store.root, "test")) as work:
        assert (await preview_move(work, store.b.id, store.c.id)).digest == first
        await work.tenants.add(builders.make_tenant(store.b))
        assert (await preview_move(work, store.b.id, store.c.id)).digest != first
