"""The station's clock: real time, or faster through the past until it meets real time."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

# Turns of the event loop in which what an alarm woke comes to its next wait.
_TURNS = 5

Sleep: TypeAlias = Callable[[float], Awaitable[None]]
Now: TypeAlias = Callable[[], datetime]


def real_now() -> datetime:
    """Real time, UTC."""
    return datetime.now(UTC)


class StationClock:
    """What a station takes for the time; never later than real time.

    Without `start` it is real time. From a past `start` it runs `speed` times faster until it has
    caught up. `now` tells real time; `sleep` waits real seconds on behalf of station time, `wait`
    on behalf of the line (heartbeats, back-off); both are given in so that tests need no waiting.
    """

    def __init__(
        self,
        *,
        start: datetime | None = None,
        speed: float = 1.0,
        now: Now = real_now,
        sleep: Sleep = asyncio.sleep,
        wait: Sleep | None = None,
    ) -> None:
        if speed < 1:
            raise ValueError("speed must be 1 or more")
        self._real = now
        self._sleep = sleep
        self._wait = wait or sleep
        self._begun = now()
        self._start = start or self._begun
        self.speed = speed
        if self._start > self._begun:
            raise ValueError("start must not lie in the future")

    def now(self) -> datetime:
        """The station's time, UTC."""
        real = self._real()
        return min(self._start + (real - self._begun) * self.speed, real)

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` of station time have passed."""
        fast = min(seconds, self._head_start().total_seconds())
        await self._sleep(fast / self.speed + (seconds - fast))

    async def until(self, at: datetime) -> None:
        """Return when it is `at` by the station's clock; for what goes on beside the main thing."""
        while (left_s := (at - self.now()).total_seconds()) > 0:
            await self.sleep(left_s)

    async def wait(self, seconds: float) -> None:
        """Return when `seconds` of real time have passed."""
        await self._wait(seconds)

    def _head_start(self) -> timedelta:
        """How much station time still passes at full speed."""
        behind = self._real() - self.now()
        if self.speed <= 1:
            return timedelta(0)
        return behind * (self.speed / (self.speed - 1))


class SteppedClock(StationClock):
    """Moves only by what the station sleeps, so that a run has the same timestamps on any machine.

    It waits `seconds / speed` of real time for each sleep, and still never passes real time. What
    waits `until` an instant does not move it: it goes on when a sleep comes past that instant.
    """

    def __init__(
        self,
        *,
        start: datetime,
        speed: float = 1.0,
        now: Now = real_now,
        sleep: Sleep = asyncio.sleep,
        wait: Sleep | None = None,
    ) -> None:
        super().__init__(start=start, speed=speed, now=now, sleep=sleep, wait=wait)
        self._at = start
        self._alarms: list[tuple[datetime, int, asyncio.Event]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return min(self._at, self._real())

    async def sleep(self, seconds: float) -> None:
        target = self.now() + timedelta(seconds=seconds)
        while self._alarms and self._alarms[0][0] <= target:
            at, _, bell = heapq.heappop(self._alarms)
            await self._pass(at)
            bell.set()
            # Who waited for it does its part before time goes on.
            for _ in range(_TURNS):
                await asyncio.sleep(0)
        await self._pass(target)

    async def _pass(self, at: datetime) -> None:
        seconds = max(0.0, (at - self.now()).total_seconds())
        await self._sleep(seconds / self.speed)
        self._at = max(self.now(), at)

    async def until(self, at: datetime) -> None:
        if at <= self.now():
            return
        bell = asyncio.Event()
        heapq.heappush(self._alarms, (at, next(self._order), bell))
        await bell.wait()


class SetClock(StationClock):
    """Stands where somebody else's clock stands, and moves with it.

    What waits for station time goes on at `ring`, called once that clock has come to `next_alarm`; the line
    waits by real time. `waiting` are the tasks that only time brings on, `resuming` those that it just has.
    """

    def __init__(self, now: Now, *, wait: Sleep = asyncio.sleep) -> None:
        self._told = now
        super().__init__(now=now, wait=wait)
        self.waiting: set[asyncio.Task[Any]] = set()
        self.resuming = 0
        self._alarms: list[tuple[datetime, int, asyncio.Event, asyncio.Task[Any] | None]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self._told()

    @property
    def next_alarm(self) -> datetime | None:
        """The first instant that something waits for."""
        return self._alarms[0][0] if self._alarms else None

    def ring(self) -> None:
        """Let all go on that waits for an instant that has come."""
        while self._alarms and self._alarms[0][0] <= self.now():
            _, _, bell, task = heapq.heappop(self._alarms)
            if task is not None:
                self.waiting.discard(task)
            self.resuming += 1
            bell.set()

    async def sleep(self, seconds: float) -> None:
        await self.until(self.now() + timedelta(seconds=seconds))

    async def until(self, at: datetime) -> None:
        if at <= self.now():
            return
        bell, task = asyncio.Event(), asyncio.current_task()
        alarm = (at, next(self._order), bell, task)
        heapq.heappush(self._alarms, alarm)
        if task is not None:
            self.waiting.add(task)
        try:
            await bell.wait()
        finally:
            if bell.is_set():
                self.resuming -= 1
            else:  # nobody waits for it any more
                self._alarms = [one for one in self._alarms if one is not alarm]
                heapq.heapify(self._alarms)
            if task is not None:
                self.waiting.discard(task)
