"""Rating a session once it has ended."""

from __future__ import annotations

from emobility_core.charging import EndedSession, MeterReading
from emobility_core.ids import EventId, Ids, RatingId, SessionId, shown
from emobility_core.instants import Clock
from emobility_core.rating._phases import asks_for_phases, phases_of
from emobility_core.rating._place import place_of
from emobility_core.rating._ports import RatingWork
from emobility_core.rating._rated import NOWHERE, HeldSession, Rating, rate_session
from emobility_core.tariffs import Phase, Prices
from emobility_core.work import Event

_AT_ONCE = 1_000
_NO_PHASES: tuple[Phase, ...] = ()


async def rate_ended(session_id: SessionId, *, work: RatingWork, clock: Clock, ids: Ids) -> Rating | None:
    """Price a session within the unit of work; a session that runs has no price yet."""
    session = await work.sessions.get(session_id)
    if not isinstance(session, EndedSession):
        return None
    version = None if session.tariff is None else await work.tariff_versions.get(session.tariff)
    now = clock.now()
    place, phases = NOWHERE, _NO_PHASES
    if version is not None and not version.prices.is_simple:
        place = await place_of(session.station, work=work)
        phases = await _phases(session, version.prices, work)
    rating = rate_session(session, version, id=RatingId(ids.uuid7(now)), at=now, place=place, phases=phases)
    await work.rated_sessions.put(rating)
    if isinstance(rating, HeldSession):
        work.outbox.publish(_session_quarantined(rating, ids))
    work.outbox.publish(_session_rated(rating, ids))
    return rating


async def _phases(session: EndedSession, prices: Prices, work: RatingWork) -> tuple[Phase, ...]:
    if not asks_for_phases(prices):
        return ()
    readings: list[MeterReading] = []
    while more := await work.meter_readings.of_session(session.id, after=len(readings), limit=_AT_ONCE):
        readings += more
    return phases_of(session, readings)


def _session_quarantined(rating: HeldSession, ids: Ids) -> Event:
    """Billing waits for somebody to look at it."""
    return Event(
        id=EventId(ids.uuid7(rating.rated_at)),
        tenant=rating.tenant,
        type="session.quarantined",
        subject=shown("ses", rating.session),
        at=rating.rated_at,
        data={"session": shown("ses", rating.session), "reasons": list(rating.reasons)},
    )


def _session_rated(rating: Rating, ids: Ids) -> Event:
    return Event(
        id=EventId(ids.uuid7(rating.rated_at)),
        tenant=rating.tenant,
        type="session.rated",
        subject=shown("ses", rating.session),
        at=rating.rated_at,
        data={
            "session": shown("ses", rating.session),
            "held": isinstance(rating, HeldSession),
            "total": {"amount": str(rating.gross.amount), "currency": rating.currency},
            "billable": rating.billable,
            "reasons": list(rating.reasons),
        },
    )
