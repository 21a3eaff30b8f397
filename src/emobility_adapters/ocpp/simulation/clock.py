"""The station's clock: real time, or faster through the past until it meets real time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

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

    It waits `seconds / speed` of real time for each sleep, and still never passes real time.
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

    def now(self) -> datetime:
        return min(self._at, self._real())

    async def sleep(self, seconds: float) -> None:
        await self._sleep(seconds / self.speed)
        self._at = self.now() + timedelta(seconds=seconds)
