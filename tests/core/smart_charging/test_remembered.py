"""Whatever brings a profile to a station is remembered with its command, and follows what came of that."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_core.commands import (
    ClearChargingProfile,
    Command,
    CommandStatus,
    Order,
    ProfilePurpose,
    RemoteStart,
    SetChargingProfile,
    queue_command,
)
from emobility_core.network import Station
from emobility_core.smart_charging import (
    InstalledProfile,
    InstallProfile,
    ProfileInTheWay,
    ProfileOnItsWay,
    ProfileState,
    check_point,
    install_profile,
    remember_order,
    remove_profile,
    settle_profiles_of,
)
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import (
    make_active,
    make_load_point,
    make_profile,
    make_station,
    make_tenant,
)
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import AlreadyTaken, Page

P = ProfileState
SESSION = ProfilePurpose.SESSION
START = RemoteStart(id_tag="04A1B2C3", profile=make_profile(id=7, purpose=SESSION))


class Repeating(SeededIds):
    """Ids whose numbers are all the same, as those of two servers may be once."""

    def transaction_number(self) -> int:
        return 4711


@attrs.define(eq=False)
class Yard:
    """One station over a store in memory."""

    store: MemoryStore = attrs.field(factory=MemoryStore)
    ids: SeededIds = attrs.field(factory=SeededIds)
    tenant: Tenant = attrs.field(factory=make_tenant)
    station: Station = attrs.field(
        default=attrs.Factory(lambda yard: make_station(tenant=yard.tenant.id), takes_self=True)
    )

    def work(self) -> Any:
        return self.store.transactions(scope_of(self.tenant, "tests"))

    async def order(self, order: Order) -> Command:
        async with self.work() as work:
            command = await queue_command(work, order, station=self.station, at=NOON, ids=self.ids)
            await remember_order(work, command, ids=self.ids)
        return command

    async def settle(self, command: Command, status: CommandStatus, **changes: Any) -> None:
        async with self.work() as work:
            await settle_profiles_of(work, attrs.evolve(command, status=status, **changes), ids=self.ids)

    async def done(self, order: Order) -> None:
        await self.settle(await self.order(order), CommandStatus.EFFECTIVE)

    async def profiles(self) -> list[InstalledProfile]:
        async with self.work() as work:
            found: list[InstalledProfile] = await work.charging_profiles.page(Page())
        return found

    async def states(self) -> list[ProfileState]:
        return [one.state for one in await self.profiles()]

    async def check(self, connector: int) -> None:
        async with self.work() as work:
            here = {"tenant": self.tenant.id, "station": self.station.id}
            await check_point(work, make_load_point(**here, connector=connector))

    async def remove(self, profile: InstalledProfile) -> None:
        async with self.work() as work:
            await remove_profile(work, profile.id, clock=FrozenClock(), ids=self.ids)

    async def install(self, ids: SeededIds) -> InstalledProfile:
        request = InstallProfile(station=self.station.id, connector=1, profile=make_profile())
        async with self.work() as work:
            return await install_profile(work, request, clock=FrozenClock(), ids=ids)


@pytest.fixture
async def yard() -> Yard:
    made = Yard()
    async with made.work() as work:
        await work.tenants.add(made.tenant)
        await work.stations.add(made.station)
    return made


async def test_a_profile_set_by_command_is_in_the_way_until_it_is_refused(yard: Yard) -> None:
    command = await yard.order(SetChargingProfile(connector=1, profile=make_profile()))
    with pytest.raises(ProfileInTheWay):
        await yard.check(1)
    await yard.check(2)
    await yard.settle(command, CommandStatus.REJECTED)
    await yard.check(1)


async def test_the_profile_of_a_remote_start_is_in_the_way_until_its_session_is_over(yard: Yard) -> None:
    command = await yard.order(START)
    with pytest.raises(ProfileInTheWay):
        await yard.check(1)
    session = make_active(tenant=yard.tenant.id, station=yard.station.id, connector=2)
    async with yard.work() as work:
        await work.sessions.add(session)
    await yard.settle(command, CommandStatus.EFFECTIVE, session=session.id)
    (known,) = await yard.profiles()
    assert (known.state, known.connector, known.session) == (P.INSTALLED, 2, session.id)
    await yard.check(1)
    with pytest.raises(ProfileInTheWay):
        await yard.check(2)


async def test_what_a_remote_start_may_still_bring_is_not_removed_before(yard: Yard) -> None:
    command = await yard.order(START)
    (known,) = await yard.profiles()
    with pytest.raises(ProfileOnItsWay):
        await yard.remove(known)
    await yard.settle(command, CommandStatus.TIMEOUT)
    await yard.remove(known)


async def test_orders_without_a_profile_leave_nothing_to_remember(yard: Yard) -> None:
    await yard.done(RemoteStart(id_tag="04A1B2C3"))
    await yard.done(ClearChargingProfile())
    assert await yard.profiles() == []


async def test_clearing_removes_what_it_means_and_nothing_that_is_on_its_way(yard: Yard) -> None:
    await yard.done(SetChargingProfile(connector=1, profile=make_profile(id=1)))
    await yard.done(SetChargingProfile(connector=2, profile=make_profile(id=2)))
    await yard.done(SetChargingProfile(connector=2, profile=make_profile(id=3, stack_level=1)))
    await yard.order(START)
    await yard.done(ClearChargingProfile(profile=1))
    assert await yard.states() == [P.REMOVED, P.INSTALLED, P.INSTALLED, P.REQUESTED]
    await yard.done(ClearChargingProfile(connector=2, stack_level=1))
    assert await yard.states() == [P.REMOVED, P.INSTALLED, P.REMOVED, P.REQUESTED]
    await yard.settle(await yard.order(ClearChargingProfile()), CommandStatus.TIMEOUT)
    assert await yard.states() == [P.REMOVED, P.UNCERTAIN, P.REMOVED, P.REQUESTED]
    await yard.done(ClearChargingProfile())
    assert await yard.states() == [P.REMOVED, P.REMOVED, P.REMOVED, P.REQUESTED]


async def test_a_number_is_given_to_one_profile_of_a_station_alone(yard: Yard) -> None:
    numbers = {(await yard.install(yard.ids)).profile.id for _ in range(3)}
    assert len(numbers) == 3
    first = await yard.install(Repeating(1_000_000))
    assert first.profile.id == 4711
    async with yard.work() as work:
        await work.charging_profiles.replace(attrs.evolve(first, state=P.REMOVED))
    with pytest.raises(AlreadyTaken, match="external_ids"):
        await yard.install(Repeating(2_000_000))
