"""The stations that this server simulates, and the door by which they call it."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from emobility_adapters.ocpp.simulation.guests import GuestStations
from emobility_app.clocks import Simulator
from emobility_app.compose.ground import Ground
from emobility_app.compose.stations import Stations
from emobility_app.serving import listening, port_of
from emobility_app.settings import Address

# Whoever else finds the door does not know the key, which is anew for each start.
_KEY_BYTES = 20


@attrs.frozen
class Simulations:
    """`simulator` does what is simulated; its stations call at a socket on this machine alone."""

    simulator: Simulator
    bound: socket.socket
    key: str = attrs.field(repr=False)

    @asynccontextmanager
    async def hosted(self, stations: Stations) -> AsyncIterator[None]:
        """Let simulated stations in while the block runs."""
        async with stations.endpoint.listening(self.bound, guest_key=self.key.encode()):
            try:
                yield
            finally:
                await self.simulator.close()


def simulations(ground: Ground, stations: Stations) -> Simulations:
    bound, key = listening(Address("127.0.0.1", 0)), secrets.token_urlsafe(_KEY_BYTES)
    guests = GuestStations(
        url=f"ws://127.0.0.1:{port_of(bound)}/ocpp",
        key=key,
        clocks=ground.clocks,
        is_connected=stations.lines.__contains__,
    )
    simulator = Simulator(
        stations=guests, transactions=ground.transactions, clocks=ground.clocks, ids=ground.ids
    )
    return Simulations(simulator, bound, key)
