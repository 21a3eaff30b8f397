"""A station that somebody changes at each try: what has to change it gives up, and says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_adapters.ocpp.securing import SecuringLine
from emobility_adapters.ocpp.security import LineSecurity
from emobility_adapters.pki import CurrentTrust
from emobility_core.commands import (
    ChangeConfiguration,
    Command,
    CommandStatus,
    Order,
    RotateAuthorizationKey,
    StationAnswer,
    queue_command,
)
from emobility_core.ids import TenantId
from emobility_core.instants import OneClock
from emobility_core.network import TRIES, Contended, KnownStation, Station
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import make_station, make_tenant
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Scope, StaleWrite

from .world import digest

KEY, NEXT = digest(b"key"), digest(b"next")


@attrs.define(eq=False)
class Contest:
    """A store in which a station is stored by somebody else first, from when `lost` is set; `tried` counts
    the units that lost. `sent` are the commands that reached the station, which accepts all."""

    store: MemoryStore = attrs.field(factory=MemoryStore)
    tenant: Tenant = attrs.field(factory=make_tenant)
    ids: SeededIds = attrs.field(factory=SeededIds)
    lost: bool = True
    lost_once_sent: bool = False
    tried: int = 0
    sent: list[Command] = attrs.field(factory=list)

    @property
    def scope(self) -> Scope:
        return scope_of(self.tenant, "tests")

    async def path_of(self, _: TenantId) -> str:
        return self.scope.path

    @asynccontextmanager
    async def transactions(self, scope: Scope) -> AsyncIterator[Any]:
        async with self.store.transactions(scope) as work:
            yield work
            if self.lost:
                self.tried += 1
                raise StaleWrite(self.tenant.id)

    async def station(self, **fields: Any) -> Station:
        station = make_station(tenant=self.tenant.id, key_digest=KEY, **fields)
        async with self.store.transactions(self.scope) as work:
            await work.tenants.add(self.tenant)
            await work.stations.add(station)
        return station

    async def send(self, command: Command) -> StationAnswer:
        self.sent.append(command)
        self.lost = self.lost_once_sent
        return StationAnswer(CommandStatus.EFFECTIVE)

    async def order(self, order: Order) -> StationAnswer:
        """Give an order to a new station over a line that secures it."""
        station = await self.station()
        async with self.store.transactions(self.scope) as work:
            command = await queue_command(work, order, station=station, at=NOON, ids=self.ids)

        line = SecuringLine(
            line=self,
            transactions=self.transactions,
            path_of=self.path_of,
            digest=digest,
            clocks=OneClock(FrozenClock()),
            ids=self.ids,
        )
        return await line.send(command)


ORDERS = (RotateAuthorizationKey(), ChangeConfiguration(key="SecurityProfile", value="2"))


async def test_a_new_line_is_told_to_come_again() -> None:
    contest = Contest()
    station = await contest.station(pending_key_digest=NEXT)
    trust = CurrentTrust(
        transactions=contest.store.transactions, everything=contest.scope, path_of=contest.path_of
    )
    security = LineSecurity(
        transactions=contest.transactions, trust=trust, clocks=OneClock(FrozenClock()), ids=contest.ids
    )
    known = KnownStation(station=station, path=contest.scope.path)
    with pytest.raises(Contended):
        await security.confirm(known, contest.scope)
    assert contest.tried == TRIES


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.kind.value)
async def test_an_order_that_changes_the_station_is_not_sent(order: Order) -> None:
    contest = Contest()
    assert await contest.order(order) == StationAnswer(CommandStatus.BUSY, "contended")
    assert (contest.tried, contest.sent) == (TRIES, [])


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.kind.value)
async def test_what_a_station_has_answered_counts_though_it_cannot_be_noted(order: Order) -> None:
    contest = Contest(lost=False, lost_once_sent=True)
    assert await contest.order(order) == StationAnswer(CommandStatus.EFFECTIVE)
    assert (contest.tried, len(contest.sent)) == (TRIES, 1)
