"""What marks of things that count once only, failures to sign in, and sign-ins promise."""

from __future__ import annotations

import asyncio

import pytest

from emobility_core.identity import Failures, SpentAlready, UnknownSignIn
from emobility_core.testing.builders import later, make_sign_in
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


class SignInFailuresContract:
    """Failures to sign in, one count for each name of a tenant."""

    async def test_a_name_that_was_never_tried_has_none(self, store: Seeded) -> None:
        mark = f"new {store.a.id.hex}"
        async with store.unit() as work:
            held = await work.sign_in_failures.hold(mark, tenant=store.a.id, at=later())
            assert held == Failures(mark=mark, tenant=store.a.id, failed_at=later())

    async def test_what_was_counted_is_there_until_it_is_dropped(self, store: Seeded) -> None:
        mark = f"tried {store.a.id.hex}"
        async with store.unit() as work:
            held = await work.sign_in_failures.hold(mark, tenant=store.a.id, at=later())
            await work.sign_in_failures.put(held.one_more(later(days=1)))
        async with store.unit() as work:
            again = await work.sign_in_failures.hold(mark, tenant=store.a.id, at=later(days=2))
            assert (again.count, again.failed_at) == (1, later(days=1))
            await work.sign_in_failures.drop(again)
        async with store.unit() as work:
            assert (await work.sign_in_failures.hold(mark, tenant=store.a.id, at=later(days=2))).count == 0

    async def test_failures_at_the_same_time_are_all_counted(self, store: Seeded) -> None:
        mark = f"at once {store.a.id.hex}"

        async def fail() -> None:
            async with store.unit() as work:
                held = await work.sign_in_failures.hold(mark, tenant=store.a.id, at=later())
                await work.sign_in_failures.put(held.one_more(later()))

        await asyncio.gather(*(fail() for _ in range(5)))
        async with store.unit() as work:
            assert (await work.sign_in_failures.hold(mark, tenant=store.a.id, at=later())).count == 5

    async def test_old_ones_are_forgotten(self, store: Seeded) -> None:
        async with store.unit() as work:
            for name, days in (("old", 0), ("young", 2)):
                mark = f"{name} {store.a.id.hex}"
                await work.sign_in_failures.hold(mark, tenant=store.a.id, at=later(days=days))
        async with store.unit() as work:
            assert await work.sign_in_failures.forget(later(days=1), limit=9) == 1
            held = await work.sign_in_failures.hold(f"young {store.a.id.hex}", tenant=store.a.id, at=later())
            assert held.failed_at == later(days=2)


class SignInsContract:
    """Sign-ins, beside what all records promise."""

    async def test_what_nothing_comes_of_any_more_is_forgotten(self, store: Seeded) -> None:
        over, live = (make_sign_in(tenant=store.a.id, kept_until=later(days=days)) for days in (1, 3))
        async with store.unit() as work:
            await work.sign_ins.add_all([over, live])
        async with store.unit() as work:
            assert await work.sign_ins.forget(later(days=2), limit=9) == 1
            assert await work.sign_ins.get(live.id) == live
            with pytest.raises(UnknownSignIn):
                await work.sign_ins.get(over.id)
