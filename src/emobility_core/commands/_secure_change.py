"""Keys and profiles on their way to a station: what counts before, while and after it answers."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from emobility_core.commands._command import CommandStatus, StationAnswer
from emobility_core.commands._security_order import require_key_settled
from emobility_core.ids import Ids, StationId
from emobility_core.instants import Clock
from emobility_core.network import SecurityProfile, SecurityWork, Station, note, station_changed
from emobility_core.work import Scope, Transactions

_TAKEN = frozenset({CommandStatus.EFFECTIVE, CommandStatus.ACCEPTED})
# Whether the station has heard of it nobody knows: both count until one of them is used.
_IN_DOUBT = frozenset({CommandStatus.TIMEOUT})


def begun(
    station: Station, *, key_digest: str | None = None, profile: SecurityProfile | None = None
) -> Station:
    """What counts while a new key, or a higher profile, is on its way; raises `KeyInDoubt`."""
    if key_digest is not None:
        require_key_settled(station)
        station = attrs.evolve(station, pending_key_digest=key_digest)
    return station if profile is None else attrs.evolve(station, requested_profile=profile)


def keyed(station: Station, key_digest: str, answer: StationAnswer) -> Station:
    """What counts after the answer to a new key.

    Accepted, the old key is void; refused, the new one (security whitepaper, A01.FR.03 and 04). A station
    that takes it with its next boot, or that did not answer, may use either until it has used one.
    """
    if answer.status is CommandStatus.EFFECTIVE:
        return attrs.evolve(station, key_digest=key_digest, pending_key_digest=None)
    if station.pending_key_digest != key_digest:
        return station  # settled meanwhile: one of the two was used
    if answer.status in _TAKEN | _IN_DOUBT:
        return station
    return attrs.evolve(station, pending_key_digest=None)


def profiled(station: Station, profile: SecurityProfile, answer: StationAnswer) -> Station:
    """What counts after the answer to a higher profile: it is awaited, or the old one stays."""
    if station.requested_profile is not profile or answer.status in _TAKEN | _IN_DOUBT:
        return station
    return attrs.evolve(station, requested_profile=None)


async def change_security(
    station: StationId,
    change: Callable[[Station], Station],
    *,
    scope: Scope,
    transactions: Transactions[SecurityWork],
    clock: Clock,
    ids: Ids,
    why: str | None = None,
) -> None:
    """Apply one of these to a station; `why` names the security event of a key that has changed."""
    now = clock.now()
    async with transactions(scope) as work:
        before = await work.stations.get(station)
        after = change(before)
        if after == before:
            return
        stored = await work.stations.replace(attrs.evolve(after, updated_at=now))
        work.outbox.publish(station_changed(stored, now, ids))
        if why is not None and after.key_digest != before.key_digest:
            await note(work, why, None, station=stored, at=now, ids=ids)
