"""What a line that was let in, or refused, changes about its station's security."""

from __future__ import annotations

from typing import Protocol

import attrs

from emobility_core.ids import EventId, Ids, StationId, TenantId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.network._ports import KnownStation
from emobility_core.network._security import SecurityEvent, noticed, told
from emobility_core.network._station import Station
from emobility_core.work import Event, Outbox, Records, Scope, Transactions


class SecurityWork(Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def security_events(self) -> Records[SecurityEvent]: ...
    @property
    def outbox(self) -> Outbox: ...


async def confirm_line(
    known: KnownStation, *, scope: Scope, transactions: Transactions[SecurityWork], clock: Clock, ids: Ids
) -> KnownStation:
    """Take note of what a new line proves of a change that was under way, and return the station so changed.

    The first key that is used of two settles which one counts; the first line of the requested profile
    makes it the least one (whitepaper, A00.FR.005: a profile is never lowered by OCPP).
    """
    if known.station.pending_key_digest is None and known.station.requested_profile is None:
        return known
    now = clock.now()
    async with transactions(scope) as work:
        before = await work.stations.get(known.station.id)
        after = _raised(_keyed(before, known), known)
        if after == before:
            return attrs.evolve(known, station=before)
        stored = await work.stations.replace(attrs.evolve(after, updated_at=now))
        work.outbox.publish(station_changed(stored, now, ids))
        if after.security_profile is not before.security_profile:
            info = f"from {before.security_profile.value} to {after.security_profile.value}"
            await note(work, "SecurityProfileRaised", info, station=stored, at=now, ids=ids)
    return attrs.evolve(known, station=stored)


def _keyed(station: Station, known: KnownStation) -> Station:
    used, pending = known.proof.key_digest, station.pending_key_digest
    if pending is None or used is None or used not in (pending, station.key_digest):
        return station
    return attrs.evolve(station, key_digest=used, pending_key_digest=None)


def _raised(station: Station, known: KnownStation) -> Station:
    wanted = station.requested_profile
    if wanted is None or known.proof.profile < wanted:
        return station
    raised = max(wanted, station.security_profile)
    return attrs.evolve(station, security_profile=raised, requested_profile=None)


async def note_refusal(
    kind: str,
    info: str,
    *,
    station: StationId | None,
    tenant: TenantId,
    scope: Scope,
    transactions: Transactions[SecurityWork],
    clock: Clock,
    ids: Ids,
) -> None:
    """Record that a line was refused; of no station where it did not come to say whose it is."""
    event = noticed(kind, info, station=station, tenant=tenant, at=clock.now(), ids=ids)
    async with transactions(scope) as work:
        await work.security_events.add(event)
        work.outbox.publish(*told(event, ids))


async def note(
    work: SecurityWork, kind: str, info: str | None, *, station: Station, at: Instant, ids: Ids
) -> None:
    """Record a security event of a station within a unit of work that does more."""
    event = noticed(kind, info, station=station.id, tenant=station.tenant, at=at, ids=ids)
    await work.security_events.add(event)
    work.outbox.publish(*told(event, ids))


def station_changed(station: Station, at: Instant, ids: Ids) -> Event:
    id = shown("sta", station.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=station.tenant,
        type="station.changed",
        subject=id,
        at=at,
        data={"station": id, "version": station.version},
    )
