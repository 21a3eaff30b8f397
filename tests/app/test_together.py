"""Who asks at the same time is served at the same time, and nobody pays for another's fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import attrs
import pytest

from emobility_app.together import MOST, ServedTogether
from emobility_core.errors import Conflict, Unavailable
from emobility_core.testing.builders import TENANT
from emobility_core.work import Scope

HERE, THERE = Scope(TENANT, "/a/", "test"), Scope(TENANT, "/b/", "test")


@attrs.frozen
class Away(Unavailable):
    """The database is away.

    Remedy: wait.
    """

    code = "away-for-a-test"


@attrs.frozen
class Refused(Conflict):
    """The item cannot be served.

    Remedy: none.
    """

    code = "refused-for-a-test"


@attrs.define
class Served:
    """What was served together, as long as `gate` is open."""

    calls: list[list[int]] = attrs.field(factory=list)
    faults: dict[int, Exception] = attrs.field(factory=dict)
    gate: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def __call__(self, items: Sequence[int], scope: Scope) -> Sequence[int]:
        self.calls.append(list(items))
        await self.gate.wait()
        for item in items:
            if item in self.faults:
                raise self.faults[item]
        return [10 * item for item in items]


async def _asked(served: Served, *items: tuple[int, Scope]) -> list[int | BaseException]:
    """Ask for all, while the first one is being served."""
    ask = ServedTogether(served)
    asking = []
    for item, scope in items:
        asking.append(asyncio.create_task(ask(item, scope)))
        while not served.calls:
            await asyncio.sleep(0)
    served.gate.set()
    return await asyncio.gather(*asking, return_exceptions=True)


async def test_who_asks_while_others_are_served_is_served_with_all_who_do_so() -> None:
    served = Served()
    many = range(MOST + 2)
    assert await _asked(served, *((item, HERE) for item in many)) == [10 * item for item in many]
    assert [len(call) for call in served.calls] == [1, MOST, 1]


async def test_who_asks_at_the_same_moment_is_served_together() -> None:
    served = Served()
    served.gate.set()
    ask = ServedTogether(served)
    assert await asyncio.gather(*(ask(item, HERE) for item in (1, 2, 3))) == [10, 20, 30]
    assert served.calls == [[1, 2, 3]]


async def test_scopes_are_served_apart() -> None:
    served = Served()
    assert await _asked(served, (1, HERE), (2, HERE), (3, THERE), (4, HERE)) == [10, 20, 30, 40]
    assert served.calls == [[1], [2, 4], [3]]


@pytest.mark.parametrize("fault", [Refused(), KeyError("a bug")])
async def test_of_many_only_the_one_at_fault_fails(fault: Exception) -> None:
    served = Served(faults={3: fault})
    outcomes = await _asked(served, *((item, HERE) for item in (1, 2, 3, 4)))
    assert outcomes == [10, 20, fault, 40]
    assert served.calls == [[1], [2, 3, 4], [2], [3], [4]]


async def test_while_the_database_is_away_nobody_is_tried_alone() -> None:
    away = Away()
    served = Served(faults={2: away})
    assert await _asked(served, (1, HERE), (2, HERE), (3, HERE)) == [10, away, away]
    assert served.calls == [[1], [2, 3]]


async def test_whoever_gives_up_leaves_the_others_served() -> None:
    served = Served()
    ask = ServedTogether(served)
    first = asyncio.create_task(ask(1, HERE))
    while not served.calls:
        await asyncio.sleep(0)
    second = asyncio.create_task(ask(2, HERE))
    await asyncio.sleep(0)
    first.cancel()
    served.gate.set()
    with suppress(asyncio.CancelledError):
        await first
    assert await second == 20
    assert served.calls == [[1], [2]]
