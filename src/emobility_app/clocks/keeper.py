"""How time passes for whoever lives by a test clock: from one due instant to the next."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import attrs

from emobility_app.clocks.timed import Timed
from emobility_app.clocks.times import Times
from emobility_app.patience import patiently
from emobility_core.clocks import TestClock, arrive, pass_time
from emobility_core.errors import EmobilityError
from emobility_core.ids import Ids, TenantId, TestClockId
from emobility_core.instants import Instant
from emobility_core.work import Page, Scope, Transactions

_log = logging.getLogger("emobility.clocks")
# What is due at the very instant at which a clock stands, such as a list that was just changed.
_LOOK_EVERY_S = 2.0
_MOST_ROUNDS = 10
_MANY = 10_000
_BROKEN_PAUSE_S = 60.0

Settled = Callable[[Scope], Awaitable[None]]


@attrs.define(kw_only=True, eq=False)
class Timekeeper:
    """Advances test clocks. What comes due on the way is done at its own instant, one instant after the
    other, and time goes on only once all that follows from it is done (`settled`): so it makes no difference
    in how many steps a clock is advanced.

    A clock that was on its way when a server stopped goes on where it stood. What fails in the time of one is
    tried again, `broken_pause_s` later if it is a bug, and stops no other clock.
    """

    times: Times
    work: Sequence[Timed]
    settled: Settled
    reading: Transactions[Any]
    transactions: Transactions[Any]
    everything: Scope
    ids: Ids
    broken_pause_s: float = _BROKEN_PAUSE_S
    _woken: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _under_way: dict[TestClockId, asyncio.Task[None]] = attrs.field(factory=dict, init=False)

    def wake(self) -> None:
        """A clock has set out."""
        self._woken.set()

    async def run(self) -> None:
        """Advance the clocks that are on their way, and do what is due where they stand, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                for clock in await patiently("test clocks", self._clocks):
                    if clock.id not in self._under_way:
                        task = self._under_way[clock.id] = group.create_task(self._attend(clock))
                        task.add_done_callback(partial(self._left, clock.id))
                await self._wait()

    def _left(self, clock: TestClockId, _: object) -> None:
        del self._under_way[clock]

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._woken.clear()

    async def _clocks(self) -> list[TestClock]:
        if not self.times.clocks.keepers():
            return []
        async with self.reading(self.everything) as work:
            found: list[TestClock] = await work.test_clocks.page(Page(limit=_MANY, descendants=True))
        return found

    async def _attend(self, clock: TestClock) -> None:
        try:
            scope = await self.times.scope_of(TenantId(clock.tenant))
            if clock.target is None:
                await self._catch_up(scope)
                # It may have set out meanwhile.
                async with self.reading(scope) as work:
                    clock = await work.test_clocks.get(clock.id)
            if clock.target is not None:
                await self._advance(clock, clock.target, scope)
        except EmobilityError as error:
            _log.warning("a test clock will be looked at again: %s", error)
        except Exception:  # a bug in the time of one tenant must not stop that of the others
            _log.exception("the test clock %s failed and will be looked at again", clock.id)
            await asyncio.sleep(self.broken_pause_s)

    async def _advance(self, clock: TestClock, target: Instant, scope: Scope) -> None:
        await self._catch_up(scope)
        while (now := self._now(scope)) < target:
            at, due = await self._next(scope, now, target)
            await self._pass(clock, at, scope)
            await self._do(due, scope)
            await self._catch_up(scope)
        async with self.transactions(scope) as work:
            await arrive(clock.id, work=work, real=self.times.clocks.real.now(), ids=self.ids)

    async def _next(self, scope: Scope, now: Instant, target: Instant) -> tuple[Instant, list[Timed]]:
        """The next instant at which something is due, or the target, and what is."""
        coming = [(await one.due(scope, now, target), one) for one in self.work]
        at = min((due for due, _ in coming if due is not None and due > now), default=target)
        return at, [one for due, one in coming if due == at]

    async def _pass(self, clock: TestClock, at: Instant, scope: Scope) -> None:
        async with self.transactions(scope) as work:
            await pass_time(clock.id, at, work=work, real=self.times.clocks.real.now(), ids=self.ids)
        self.times.clocks.stand(TenantId(clock.tenant), at)

    async def _catch_up(self, scope: Scope) -> None:
        """Do what is due at this instant, and what comes due at it in turn."""
        await self.settled(scope)
        for _ in range(_MOST_ROUNDS):
            now = self._now(scope)
            due = [one for one in self.work if await one.due(scope, now, now) is not None]
            if not due:
                return
            await self._do(due, scope)

    async def _do(self, due: Sequence[Timed], scope: Scope) -> None:
        clock = self.times.clock_at(scope.path)
        for one in due:
            await one.run(scope, clock)
        await self.settled(scope)

    def _now(self, scope: Scope) -> Instant:
        return self.times.clock_at(scope.path).now()
