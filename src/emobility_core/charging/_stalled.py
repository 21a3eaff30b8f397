"""Sessions whose stop never comes: ended with the last value, as estimated, and open to the real stop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import Protocol

import attrs

from emobility_core.charging._events import session_ended, session_stalled
from emobility_core.charging._ports import ChargingSessions, ChargingWork, QuietSession
from emobility_core.charging._session import STALLED, ActiveSession
from emobility_core.ids import Ids
from emobility_core.instants import TICK, Clock, Instant
from emobility_core.network import RulesWork, StationTime, WatchedRules
from emobility_core.tenancy import SHORTEST_BUSY, SHORTEST_FREE, SHORTEST_SILENCE, WatchRules
from emobility_core.work import Scope, StaleWrite, Transactions

# OCPP 1.6, 4.9: in these a connector has no transaction. Preparing precedes the next one.
FREE = ("Available", "Preparing")
# OCPP 1.6, 4.9: in these a transaction goes on. Finishing follows it: the transaction has stopped.
BUSY = ("Charging", "SuspendedEV", "SuspendedEVSE")


class Stall(Enum):
    """Why a session is taken to be over."""

    CONNECTOR_FREE = "connector-free"
    SILENT = "silent"
    STUCK = "stuck"
    STATION_GONE = "station-gone"


class _Looking(RulesWork, Protocol):
    @property
    def sessions(self) -> ChargingSessions: ...


def stall_of(quiet: QuietSession, rules: WatchRules, *, at: Instant) -> Stall | None:
    """Judge by times of receipt alone: the station's clock may be the very thing that is wrong.

    That a connector is busy is believed for long, yet not for ever: a status says nothing of a session, and
    a station repeats it whenever it comes back. Only values count as heard.
    """
    heard = quiet.session.updated_at
    if not quiet.online:
        seen = heard if quiet.seen_at is None else max(heard, quiet.seen_at)
        return Stall.STATION_GONE if at - seen >= rules.gone else None
    free_since = quiet.status_at if quiet.status in FREE else None
    if free_since is not None and free_since > heard and at - free_since >= rules.free:
        return Stall.CONNECTOR_FREE
    if quiet.status in BUSY:
        return Stall.STUCK if at - heard >= rules.busy else None
    return Stall.SILENT if at - heard >= rules.silent else None


async def end_stalled(
    *, scope: Scope, reading: Callable[[Scope], AbstractAsyncContextManager[_Looking]],
    transactions: Transactions[ChargingWork], clock: Clock, ids: Ids,
) -> None:  # fmt: skip
    """End every session that the rules of its place take to be over; one of which something is heard
    meanwhile goes on."""
    now = clock.now()
    async with reading(scope) as work:
        rules = WatchedRules(work)
        quiet = await work.sessions.quiet(
            since=Instant(now - SHORTEST_FREE + TICK),
            silent_since=Instant(now - SHORTEST_SILENCE + TICK),
            busy_since=Instant(now - SHORTEST_BUSY + TICK),
        )
        stalled = [
            (one.session, why)
            for one in quiet
            if (why := stall_of(one, await rules.of(one.session.station), at=now)) is not None
        ]
    for session, why in stalled:
        try:
            await _end(session, why, now, attrs.evolve(scope, tenant=session.tenant), transactions, ids)
        except StaleWrite:
            continue


def stalls_at(quiet: QuietSession, rules: WatchRules) -> Instant:
    """From when on a session is taken to be over, if nothing more is heard of it or its station."""
    heard = quiet.session.updated_at
    if not quiet.online:
        seen = heard if quiet.seen_at is None else max(heard, quiet.seen_at)
        return Instant(seen + rules.gone)
    if quiet.status in BUSY:
        return Instant(heard + rules.busy)
    ends = [heard + rules.silent]
    if quiet.status in FREE and quiet.status_at is not None and quiet.status_at > heard:
        ends.append(quiet.status_at + rules.free)
    return Instant(min(ends))


async def next_stall(
    *, scope: Scope, reading: Callable[[Scope], AbstractAsyncContextManager[_Looking]], until: Instant
) -> Instant | None:
    """When, up to `until`, the first session is to be ended, None if none is."""
    after = Instant(until + TICK)
    async with reading(scope) as work:
        rules = WatchedRules(work)
        quiet = await work.sessions.quiet(since=after, silent_since=after, busy_since=after)
        coming = [stalls_at(one, await rules.of(one.session.station)) for one in quiet]
    return min((at for at in coming if at <= until), default=None)


async def _end(
    session: ActiveSession, why: Stall, at: Instant, scope: Scope, transactions: Transactions[ChargingWork],
    ids: Ids,
) -> None:  # fmt: skip
    async with transactions(scope) as work:
        running = await work.sessions.active_on(session.station)
        now = next((one for one in running if one.id == session.id), None)
        if now is None or now.updated_at != session.updated_at:
            return
        ended = now.end_estimated(StationTime(at=at, reported=None, received=at, trusted=False), STALLED)
        work.outbox.publish(session_stalled(now, why.value, at, ids))
        await work.sessions.replace(ended)
        work.outbox.publish(session_ended(ended, ids))
