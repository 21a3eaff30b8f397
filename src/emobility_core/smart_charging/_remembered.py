"""Charging profiles remembered with the commands that bring them to stations, and what came of each."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from emobility_core.commands import (
    ChargingProfile,
    ClearChargingProfile,
    Command,
    ProfilePurpose,
    RemoteStart,
    SetChargingProfile,
)
from emobility_core.ids import EventId, Ids, InstalledProfileId, SessionId, StationId, shown
from emobility_core.smart_charging._installed_profile import (
    COUNTING,
    InstalledProfile,
    ProfileState,
    replaced,
)
from emobility_core.smart_charging._ports import ProfileWork
from emobility_core.smart_charging._schedule_comparison import ScheduleComparison
from emobility_core.work import Event, Page

_MANY = 1000


async def remember_order(work: ProfileWork, command: Command, *, ids: Ids) -> InstalledProfile | None:
    """Remember the profile that a command brings to its station, in the unit that queues it; None for one
    that brings none.

    Nobody would know of it otherwise when the station is to be steered.
    """
    order = command.order
    if isinstance(order, SetChargingProfile):
        return await remember_profile(work, command, order.profile, connector=order.connector, ids=ids)
    if isinstance(order, RemoteStart) and order.profile is not None:
        return await remember_profile(work, command, order.profile, connector=order.connector or 0, ids=ids)
    return None


async def remember_profile(
    work: ProfileWork,
    command: Command,
    profile: ChargingProfile,
    *,
    connector: int,
    ids: Ids,
    ours: bool = False,
) -> InstalledProfile:
    """Remember a profile; `ours` is one whose number we chose."""
    at, station = command.created_at, command.station
    installed = InstalledProfile(
        id=InstalledProfileId(ids.uuid7(at)),
        tenant=command.tenant,
        created_at=at,
        updated_at=at,
        external_ids={shown("sta", station): str(profile.id)} if ours else {},
        station=station,
        connector=connector,
        profile=profile,
        session=await _limited(work, command, profile, connector),
        command=command.id,
    )
    await work.charging_profiles.add(installed)
    return installed


async def _limited(
    work: ProfileWork, command: Command, profile: ChargingProfile, connector: int
) -> SessionId | None:
    """The running session that a profile is for; None for one that is to come, or is not known."""
    if profile.purpose is not ProfilePurpose.SESSION or isinstance(command.order, RemoteStart):
        return None
    for session in await work.sessions.active_on(command.station):
        if session.connector == connector and profile.transaction_id in (None, session.transaction_id):
            return session.id
    return None


async def counting_profiles(work: ProfileWork, station: StationId) -> list[InstalledProfile]:
    """The profiles that a station may have, newest first."""
    filters: dict[str, Sequence[object]] = {"station": [station], "state": COUNTING}
    return await work.charging_profiles.page(
        Page(limit=_MANY, filters=filters, descendants=True, backwards=True)
    )


async def settle_profiles_of(work: ProfileWork, command: Command, *, ids: Ids) -> list[InstalledProfile]:
    """Record what came of the command of a profile, or of one that clears whatever it means."""
    found = await work.charging_profiles.page(_of(command))
    if not found and isinstance(command.order, ClearChargingProfile):
        found = await _meant_by(work, command, command.order)
    return [await _settled(work, before, command, ids) for before in found]


async def _meant_by(
    work: ProfileWork, command: Command, order: ClearChargingProfile
) -> list[InstalledProfile]:
    # What is still on its way may come after the clearing, as the profile of a remote start does.
    return [
        one
        for one in await counting_profiles(work, command.station)
        if one.is_meant_by(order)
        and one.state is not ProfileState.REQUESTED
        and one.created_at <= command.created_at
    ]


async def _settled(
    work: ProfileWork, before: InstalledProfile, command: Command, ids: Ids
) -> InstalledProfile:
    after = before.after(command)
    if isinstance(command.order, RemoteStart) and command.session is not None:
        session = await work.sessions.get(command.session)
        after = attrs.evolve(after, connector=session.connector)
    stored = await work.charging_profiles.replace(after)
    if stored.state is ProfileState.INSTALLED and isinstance(command.order, SetChargingProfile | RemoteStart):
        others = await counting_profiles(work, stored.station)
        for other in replaced(stored, others, at=command.updated_at):
            await work.charging_profiles.replace(other)
    if stored.state is not before.state:
        work.outbox.publish(_changed(stored, ids))
    return stored


async def settle_comparison(work: ProfileWork, command: Command) -> ScheduleComparison | None:
    """Record what a station answered; None for a command that belongs to no comparison."""
    found = await work.schedule_comparisons.page(_of(command))
    return await work.schedule_comparisons.replace(found[0].after(command)) if found else None


def _of(command: Command) -> Page:
    return Page(limit=1, filters={"command": [command.id]}, descendants=True)


def _changed(installed: InstalledProfile, ids: Ids) -> Event:
    at, id = installed.updated_at, shown("prf", installed.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=installed.tenant,
        type="charging_profile.changed",
        subject=id,
        at=at,
        data={
            "charging_profile": id,
            "station": shown("sta", installed.station),
            "connector": installed.connector,
            "state": installed.state.value,
        },
    )
