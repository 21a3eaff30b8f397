"""Setting charging profiles on stations, removing them, and asking what a station makes of them."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from emobility_core.charging import ActiveSession
from emobility_core.commands import (
    ChargingProfile,
    ClearChargingProfile,
    GetCompositeSchedule,
    Order,
    ProfilePurpose,
    RateUnit,
    RemoteStart,
    SetChargingProfile,
    queue_command,
)
from emobility_core.errors import Conflict
from emobility_core.ids import Ids, InstalledProfileId, ScheduleComparisonId, StationId
from emobility_core.instants import Clock
from emobility_core.smart_charging._composite import PlacedProfile, composite
from emobility_core.smart_charging._installed_profile import (
    InstalledProfile,
    NoSessionForProfile,
    ProfileGone,
    ProfileOnItsWay,
    ProfileState,
)
from emobility_core.smart_charging._load_budget import LoadPoint
from emobility_core.smart_charging._ports import ProfileWork
from emobility_core.smart_charging._remembered import counting_profiles, remember_profile
from emobility_core.smart_charging._schedule_comparison import ScheduleComparison
from emobility_core.smart_charging._site_load import FIRST_NUMBER, steering_profiles
from emobility_core.work import Page

_MANY = 1000
SESSION, DEFAULT = ProfilePurpose.SESSION, ProfilePurpose.DEFAULT


@attrs.frozen
class UnderLoadManagement(Conflict):
    """The charging profile would lift the limit by which the station's site is kept below its budget.

    Remedy: change the load budget or the load point, or limit a session on a station that is steered as a
    whole; such profiles can only lower what it draws.
    """

    code = "under-load-management"
    station: StationId
    connector: int


@attrs.frozen
class ProfileInTheWay(Conflict):
    """The station may have a charging profile that overrules what its load point would be held to.

    Remedy: remove the charging profile, or wait for the end of its session, then activate the load point.
    """

    code = "profile-in-the-way"
    charging_profile: InstalledProfileId


@attrs.frozen(kw_only=True)
class InstallProfile:
    """Set a profile on a connector, 0 for the whole station. Its number, and the transaction of a session's
    profile, are ours to choose."""

    station: StationId
    connector: int
    profile: ChargingProfile


@attrs.frozen(kw_only=True)
class CompareSchedule:
    """Ask a station for its composite schedule of the next `duration_s` seconds."""

    station: StationId
    connector: int
    duration_s: int = 86_400
    unit: RateUnit = RateUnit.A


async def check_order(work: ProfileWork, order: Order, station: StationId) -> None:
    """Raise `UnderLoadManagement` for an order that would undo what the site's load is steered by."""
    if isinstance(order, ClearChargingProfile):
        # Without a number it may hit any.
        hits = order.profile is None or order.profile >= FIRST_NUMBER
        if hits and await _points_of(work, station):
            raise UnderLoadManagement(station, order.connector or 0)
        return
    if isinstance(order, SetChargingProfile):
        profile, connector = order.profile, order.connector
    elif isinstance(order, RemoteStart) and order.profile is not None:
        profile, connector = order.profile, order.connector or 0
    else:
        return
    for point in await _points_of(work, station):
        if _would_lift(profile, connector, point):
            raise UnderLoadManagement(station, connector)


async def check_point(work: ProfileWork, point: LoadPoint) -> None:
    """Raise `ProfileInTheWay` for a point whose station may follow something else than the point's orders."""
    if not point.active:
        return
    running = {session.id for session in await work.sessions.active_on(point.station)}
    for one in await counting_profiles(work, point.station):
        counts = one.session is None or one.session in running
        if counts and _would_lift(one.profile, one.connector, point):
            raise ProfileInTheWay(one.id)


def _would_lift(profile: ChargingProfile, connector: int, point: LoadPoint) -> bool:
    if profile.id >= FIRST_NUMBER:
        # OCPP 1.6, 5.16: the same number replaces, whatever the purpose.
        return True
    if point.connector == 0:
        return profile.purpose is ProfilePurpose.STATION_MAX
    # A default is overruled by another one and by a session's own; connector 0 means any.
    return profile.purpose is not ProfilePurpose.STATION_MAX and connector in (0, point.connector)


async def _points_of(work: ProfileWork, station: StationId) -> list[LoadPoint]:
    page = Page(limit=_MANY, filters={"station": [station], "active": [True]}, descendants=True)
    return await work.load_points.page(page)


async def install_profile(
    work: ProfileWork, request: InstallProfile, *, clock: Clock, ids: Ids
) -> InstalledProfile:
    """Queue a profile for a station and remember it.

    Raises `UnknownStation`, `MisplacedProfile`, `UnderLoadManagement`, `NoSessionForProfile`, and
    `AlreadyTaken` in the one case of a thousand million that somebody draws the same number at once.
    """
    now = clock.now()
    station = await work.stations.get(request.station)
    profile = attrs.evolve(request.profile, id=await _free_number(work, station.id, ids))
    profile.check_place(request.connector)
    if profile.purpose is SESSION:
        session = await _session_on(work, station.id, request.connector)
        profile = attrs.evolve(profile, transaction_id=session.transaction_id)
    order = SetChargingProfile(connector=request.connector, profile=profile)
    await check_order(work, order, station.id)
    command = await queue_command(work, order, station=station, at=now, ids=ids)
    return await remember_profile(work, command, profile, connector=request.connector, ids=ids, ours=True)


async def _free_number(work: ProfileWork, station: StationId, ids: Ids) -> int:
    """Drawn, not counted: two that ask at once would count to the same."""
    taken = {one.profile.id for one in await counting_profiles(work, station)}
    while (number := ids.transaction_number() % FIRST_NUMBER) in taken:
        pass
    return number


async def _session_on(work: ProfileWork, station: StationId, connector: int) -> ActiveSession:
    for session in await work.sessions.active_on(station):
        if session.connector == connector:
            return session
    raise NoSessionForProfile(station, connector)


async def remove_profile(
    work: ProfileWork, id: InstalledProfileId, *, clock: Clock, ids: Ids
) -> InstalledProfile:
    """Queue the removal of a profile. Raises `UnknownInstalledProfile`, `ProfileGone`, `ProfileOnItsWay`."""
    now = clock.now()
    installed = await work.charging_profiles.get(id)
    if not installed.may_count:
        raise ProfileGone(id, installed.state.value)
    if installed.state is ProfileState.REQUESTED:
        bringing = await work.commands.get(installed.command)
        if isinstance(bringing.order, RemoteStart):
            raise ProfileOnItsWay(id)
    station = await work.stations.get(installed.station)
    order = ClearChargingProfile(profile=installed.profile.id)
    command = await queue_command(work, order, station=station, at=now, ids=ids)
    return await work.charging_profiles.replace(attrs.evolve(installed, command=command.id, updated_at=now))


async def compare_schedule(
    work: ProfileWork, request: CompareSchedule, *, clock: Clock, ids: Ids
) -> ScheduleComparison:
    """Compute the schedule that a station should follow, and ask it for its own. Raises `UnknownStation`."""
    now = clock.now()
    station = await work.stations.get(request.station)
    order = GetCompositeSchedule(
        connector=request.connector, duration_s=request.duration_s, unit=request.unit
    )
    sessions = await work.sessions.active_on(station.id)
    here = [session for session in sessions if session.connector == request.connector]
    ours = composite(
        await _placed(work, station.id, sessions),
        request.connector,
        at=now,
        duration_s=request.duration_s,
        unit=request.unit,
        session_started_at=here[0].started_at if here else None,
    )
    command = await queue_command(work, order, station=station, at=now, ids=ids)
    comparison = ScheduleComparison(
        id=ScheduleComparisonId(ids.uuid7(now)),
        tenant=station.tenant,
        created_at=now,
        updated_at=now,
        station=station.id,
        connector=request.connector,
        ours=ours,
        command=command.id,
    )
    await work.schedule_comparisons.add(comparison)
    return comparison


async def _placed(
    work: ProfileWork, station: StationId, sessions: Sequence[ActiveSession]
) -> list[PlacedProfile]:
    """What the station has accepted and still keeps, and what its site's load is steered by."""
    running = {session.id for session in sessions}
    page = Page(
        limit=_MANY,
        filters={"station": [station], "state": [ProfileState.INSTALLED]},
        descendants=True,
    )
    placed = [
        PlacedProfile(connector=one.connector, profile=one.profile)
        for one in await work.charging_profiles.page(page)
        if one.session is None or one.session in running
    ]
    points = await _points_of(work, station)
    for budget in {point.budget for point in points}:
        loads = await work.site_loads.page(Page(filters={"id": [budget]}, descendants=True))
        for load in loads:
            placed += steering_profiles(load, points, await work.load_budgets.get(budget), station)
    return placed
