"""A station that follows a script: kept connected while it is to be, and heard in all it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import attrs

from emobility_adapters.ocpp.simulation.connector import Connector
from emobility_adapters.ocpp.simulation.script.ears import Ears
from emobility_adapters.ocpp.simulation.station import SimulatedStation
from emobility_adapters.ocpp.simulation.transaction import Transaction


@attrs.frozen
class Unmet(Exception):
    """An expectation of the script did not come true."""

    words: str

    def __str__(self) -> str:
        return self.words


@attrs.define(eq=False)
class Actor:
    """`ears` have what it was told; what is waited for must come within `within_s` of real time."""

    station: SimulatedStation
    ears: Ears
    within_s: float = 10.0
    _keeper: asyncio.Task[None] | None = None

    async def until(self, true: Callable[[], bool], *, within_s: float | None = None) -> bool:
        """Wait until something is true of the station; False if it does not become so in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.within_s if within_s is None else within_s):
                while not true():
                    await self.station.clock.wait(_LOOK_S)
        return true()

    async def connect(self) -> None:
        """Connect, boot once, and stay connected from now on."""
        await self.station.presence.start_up(boot_attempts=1)
        self._keeper = asyncio.create_task(self.station.run())

    async def stay_away(self) -> None:
        """Keep up no connection any more."""
        if self._keeper is not None:
            keeper, self._keeper = self._keeper, None
            keeper.cancel()
            await asyncio.wait([keeper])

    async def back(self) -> None:
        """Wait until the station is online; raise `Unmet` if it is not in time."""
        try:
            async with asyncio.timeout(self.within_s):
                await self.station.presence.online.wait()
        except TimeoutError:
            raise Unmet(f"the station was not back within {self.within_s:g} s") from None

    async def settle(self) -> None:
        """Wait until every report was answered; raise `Unmet` if they are not in time."""
        outbox = self.station.outbox
        try:
            async with asyncio.timeout(self.within_s):
                await outbox.drained()
        except TimeoutError:
            raise Unmet(f"{len(outbox)} reports were not answered within {self.within_s:g} s") from None

    def connector(self, number: int) -> Connector:
        """A connector; raise `Unmet` for one that the station does not have."""
        found = self.station.hardware.find(number)
        if found is None:
            raise Unmet(f"the station has no connector {number}")
        return found

    def running(self, number: int) -> Transaction:
        """What is going on at a connector; raise `Unmet` if nothing is."""
        transaction = self.connector(number).transaction
        if transaction is None:
            raise Unmet(f"no session is going on at connector {number}")
        return transaction

    async def close(self) -> None:
        await self.stay_away()
        await self.station.close()


# How often something is looked at that nobody tells of.
_LOOK_S = 0.01
