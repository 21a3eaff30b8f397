"""Stations that nobody has registered: let in only to be seen, until somebody adopts or dismisses them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, NotFound, Unavailable
from emobility_core.ids import EventId, Ids, QuarantinedStationId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.network._state import BootReport
from emobility_core.network._station import Station, StationIdentity
from emobility_core.work import Event, Outbox, Page, Record, Records, Scope, Transactions

# What a stranger says is kept to be looked at, no more than a screen holds.
FRAMES_KEPT = 20
LONGEST_FRAME_KEPT = 2_000
QUARANTINED_FOR = timedelta(days=7)


@attrs.frozen
class UnknownQuarantinedStation(NotFound):
    """There is no such quarantined station within the caller's scope.

    Remedy: list the quarantined stations; one that was adopted is among the stations.
    """

    code = "unknown-quarantined-station"
    quarantined_station: UUID


@attrs.frozen
class QuarantineFull(Unavailable):
    """As many unknown stations are quarantined as there is room for.

    Remedy: adopt or dismiss some of them; those not seen for seven days go by themselves.
    """

    code = "quarantine-full"
    most: int


@attrs.frozen
class NoKeyPresented(Conflict):
    """A quarantined station is to keep the key that it presented, but it has presented none.

    Remedy: give an `authorization_key`, or adopt the station without a key.
    """

    code = "no-key-presented"
    quarantined_station: UUID


@attrs.frozen
class KeysDiffer(Conflict):
    """A quarantined station is to keep the key that it presented, but it was not always the same one.

    Remedy: two may use its name. Find out whose it is; then give an `authorization_key`, or dismiss it and
    adopt it when it has called again.
    """

    code = "keys-differ"
    quarantined_station: UUID


@attrs.frozen
class KeyNotAsSeen(Conflict):
    """The key that a quarantined station has presented is not the one that the caller has seen.

    Remedy: read the quarantined station again, make sure whose key that is, and name its fingerprint.
    """

    code = "key-not-as-seen"
    quarantined_station: UUID


@attrs.frozen(kw_only=True)
class QuarantinedFrame:
    """A frame as an unknown station sent it, cut where it is long."""

    at: Instant
    frame: str


@attrs.frozen(kw_only=True)
class QuarantinedStation(Record):
    """An unknown station and what it said of itself, which nothing proves.

    `created_at` is when it was first seen. `key_digest` is of the key that it presented last, `key_changes`
    counts how often that was another one: two stations may go by one name. `withheld` counts the reports
    of sessions that were not answered, so that it keeps them; `lines` how often it came.
    """

    id: QuarantinedStationId
    identity: StationIdentity
    remote_address: str
    last_seen_at: Instant
    lines: int = 1
    boot: BootReport | None = None
    frames: tuple[QuarantinedFrame, ...] = ()
    key_digest: str | None = attrs.field(default=None, repr=False)
    key_changes: int = 0
    withheld: int = 0

    @property
    def key_fingerprint(self) -> str | None:
        """A name for the key that it presented last, of which nothing about the key can be learned."""
        if self.key_digest is None:
            return None
        return hashlib.sha256(b"fingerprint" + self.key_digest.encode()).hexdigest()[:16]

    def presented_key(self, fingerprint: str) -> str:
        """The digest of the one key that it has presented, which has to be the one of this fingerprint;
        raise `NoKeyPresented`, `KeysDiffer`, `KeyNotAsSeen`."""
        if self.key_changes:
            # Else whoever called last under its name would own it.
            raise KeysDiffer(self.id)
        if self.key_digest is None:
            raise NoKeyPresented(self.id)
        if fingerprint != self.key_fingerprint:
            raise KeyNotAsSeen(self.id)
        return self.key_digest

    def see(self, sighting: Sighting, *, at: Instant) -> QuarantinedStation:
        """Add what it said since; the oldest frames fall away."""
        changed = self.lines > 0 and sighting.key_digest != self.key_digest
        return attrs.evolve(
            self,
            remote_address=sighting.remote_address,
            last_seen_at=at,
            updated_at=at,
            lines=self.lines + sighting.comes,
            boot=sighting.boot or self.boot,
            frames=(*self.frames, *sighting.frames)[-FRAMES_KEPT:],
            key_digest=sighting.key_digest,
            key_changes=self.key_changes + changed,
            withheld=self.withheld + sighting.withheld,
        )


@attrs.frozen(kw_only=True)
class Sighting:
    """What an unknown station has shown since the last sighting; `comes` on a line that is new."""

    identity: StationIdentity
    remote_address: str
    key_digest: str | None = attrs.field(default=None, repr=False)
    comes: bool = False
    boot: BootReport | None = None
    frames: tuple[QuarantinedFrame, ...] = ()
    withheld: int = 0


class QuarantinedStations(Records[QuarantinedStation], Protocol):
    """Unknown stations that were let in to be seen, unique by identity."""

    async def find(self, identity: StationIdentity) -> QuarantinedStation | None: ...

    async def remove(self, id: QuarantinedStationId) -> None:
        """Drop it; nothing happens if it is gone."""
        ...

    async def forget(self, before: Instant) -> None:
        """Drop those last seen before that."""
        ...


class QuarantineWork(Protocol):
    @property
    def quarantined_stations(self) -> QuarantinedStations: ...
    @property
    def outbox(self) -> Outbox: ...


async def record_sighting(
    sighting: Sighting,
    *,
    scope: Scope,
    transactions: Transactions[QuarantineWork],
    clock: Clock,
    ids: Ids,
    most: int,
) -> QuarantinedStation:
    """Keep what an unknown station has shown; raise `QuarantineFull` for one beyond `most`.

    One that was adopted or dismissed while its line was open is not quarantined again:
    `UnknownQuarantinedStation`.
    """
    now = clock.now()
    async with transactions(scope) as work:
        known = await work.quarantined_stations.find(sighting.identity)
        if known is not None:
            return await work.quarantined_stations.replace(known.see(sighting, at=now))
        id = QuarantinedStationId(ids.uuid7(now))
        if not sighting.comes:
            raise UnknownQuarantinedStation(id)
        if await work.quarantined_stations.count(Page(limit=most, descendants=True)) >= most:
            raise QuarantineFull(most)
        first = QuarantinedStation(
            id=id,
            tenant=scope.tenant,
            created_at=now,
            updated_at=now,
            identity=sighting.identity,
            remote_address=sighting.remote_address,
            last_seen_at=now,
            lines=0,
        ).see(sighting, at=now)
        await work.quarantined_stations.add(first)
        work.outbox.publish(_event("created", first, now, ids))
    return first


async def adopt(
    quarantined: QuarantinedStation, station: Station, *, work: QuarantineWork, at: Instant, ids: Ids
) -> None:
    """End the quarantine of a station that is registered in the same unit of work."""
    await work.quarantined_stations.remove(quarantined.id)
    event = _event("adopted", quarantined, at, ids)
    work.outbox.publish(attrs.evolve(event, data={**event.data, "station": shown("sta", station.id)}))


async def dismiss(quarantined: QuarantinedStation, *, work: QuarantineWork, at: Instant, ids: Ids) -> None:
    """Drop a quarantined station; if it calls again after a while, it is a new one."""
    await work.quarantined_stations.remove(quarantined.id)
    work.outbox.publish(_event("dismissed", quarantined, at, ids))


def _event(verb: str, quarantined: QuarantinedStation, at: Instant, ids: Ids) -> Event:
    id = shown("qst", quarantined.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=quarantined.tenant,
        type=f"quarantined_station.{verb}",
        subject=id,
        at=at,
        data={"quarantined_station": id, "identity": quarantined.identity.text},
    )
