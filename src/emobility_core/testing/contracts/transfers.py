"""What the list of server processes that work on imports and exports promises."""

from __future__ import annotations

from emobility_core.testing.builders import later, make_import
from emobility_core.testing.contracts.seeded import Seeded


class TransferWorkersContract:
    """Processes, by when they were last heard of."""

    async def test_a_process_lives_while_it_is_heard_of(self, store: Seeded) -> None:
        one, other = make_import().id, make_import().id
        async with store.unit() as work:
            await work.transfer_workers.note(one, later(minutes=1))
            await work.transfer_workers.note(other, later(minutes=1))
            await work.transfer_workers.note(one, later(minutes=5))
        async with store.unit() as work:
            assert {one, other} <= await work.transfer_workers.living(later(minutes=1))
            living = await work.transfer_workers.living(later(minutes=5))
            assert one in living
            assert other not in living

    async def test_who_leaves_or_is_forgotten_lives_no_more(self, store: Seeded) -> None:
        gone, old, young = (make_import().id for _ in range(3))
        async with store.unit() as work:
            for worker, minutes in ((gone, 5), (old, 1), (young, 5)):
                await work.transfer_workers.note(worker, later(minutes=minutes))
        async with store.unit() as work:
            await work.transfer_workers.leave(gone)
            await work.transfer_workers.forget(later(minutes=5))
        async with store.unit() as work:
            living = await work.transfer_workers.living(later())
            assert young in living
            assert not {gone, old} & living
