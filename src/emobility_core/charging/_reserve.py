"""Keeping connectors: asked of the station, answered, replaced, cancelled, used, and over by the clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import attrs

from emobility_core.charging._ports import ChargingSessions, Reservations
from emobility_core.charging._remote import TokenRefused
from emobility_core.charging._reservation import (
    ConnectorZeroNotReservable,
    Reservation,
    ReservationOutcome,
    ReservationOverAlready,
    ReservationStatus,
    ReservationTerms,
    WrongReservationStatus,
    reservation_used,
)
from emobility_core.charging._tools import ChargingTools, find_presented, present_tag
from emobility_core.commands import (
    CancelReservation,
    Command,
    CommandStatus,
    CommandWork,
    ReserveNow,
    queue_command,
)
from emobility_core.configuration import StationConfiguration, StationConfigurations
from emobility_core.customers import IdTag
from emobility_core.ids import EventId, Ids, ReservationId, SessionId, StationId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.network import Station
from emobility_core.work import Event, Outbox, Records, Scope, Transactions


class ReservationWork(CommandWork, Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def sessions(self) -> ChargingSessions: ...
    @property
    def station_configurations(self) -> StationConfigurations: ...
    @property
    def reservations(self) -> Reservations: ...


@attrs.frozen(kw_only=True)
class Reserve:
    """Keep a connector, or with 0 any, for a tag until then. Raises `MalformedIdTag`."""

    connector: int
    id_tag: IdTag
    expires_at: Instant

    def __attrs_post_init__(self) -> None:
        self.id_tag.require_storable()


async def reserve_within(
    work: ReservationWork,
    station: StationId,
    wish: Reserve,
    *,
    scope: Scope,
    tools: ChargingTools,
    clock: Clock,
) -> Reservation:
    """Ask a station to keep a connector.

    Raises `UnknownStation`, `TokenRefused`, `MalformedOrder`, `ReservationOverAlready`, and
    `ConnectorZeroNotReservable` where any connector is asked for of a station that cannot.
    """
    now, known = clock.now(), await work.stations.get(station)
    reservation = Reservation(
        id=ReservationId(tools.ids.uuid7(now)),
        tenant=known.tenant,
        created_at=now,
        updated_at=now,
        station=station,
        number=tools.ids.transaction_number(),
        terms=await _terms(wish, known, work, scope, tools, now),
    )
    await _ask(reservation, known, work, tools.ids, now)
    await work.reservations.add(reservation)
    work.outbox.publish(reservation_event("reservation.requested", reservation, tools.ids))
    return reservation


async def replace_within(
    work: ReservationWork,
    reservation: Reservation,
    wish: Reserve,
    *,
    scope: Scope,
    tools: ChargingTools,
    clock: Clock,
) -> Reservation:
    """Ask the station for other terms under the same number; the old ones hold until it has taken them.

    Raises what `reserve_within` and `Reservation.replace` raise, and `StaleWrite`.
    """
    now, known = clock.now(), await work.stations.get(reservation.station)
    asked = reservation.replace(await _terms(wish, known, work, scope, tools, now), at=now)
    await _ask(asked, known, work, tools.ids, now)
    return await work.reservations.replace(asked)


async def cancel_within(
    work: ReservationWork, reservation: Reservation, *, clock: Clock, ids: Ids
) -> Reservation:
    """Ask the station to let go of a reservation, which is cancelled once it has.

    Raises `WrongReservationStatus` where there is nothing to cancel any more.
    """
    if not reservation.status.is_open:
        raise WrongReservationStatus(reservation.id, reservation.status.value)
    station = await work.stations.get(reservation.station)
    await queue_command(
        work, CancelReservation(reservation=reservation.number), station=station, at=clock.now(), ids=ids
    )
    return reservation


async def _terms(
    wish: Reserve,
    station: Station,
    work: ReservationWork,
    scope: Scope,
    tools: ChargingTools,
    now: Instant,
) -> ReservationTerms:
    if wish.expires_at <= now:
        raise ReservationOverAlready(wish.expires_at)
    if wish.connector == 0 and not _keeps_any(await work.station_configurations.find(station.id)):
        raise ConnectorZeroNotReservable(station.id)
    at_station = attrs.evolve(scope, tenant=station.tenant)
    grant = await present_tag(wish.id_tag, station=station.id, scope=at_station, tools=tools, at=now)
    if not grant.is_accepted:
        raise TokenRefused(wish.id_tag.text, grant.status.value)
    return ReservationTerms(
        connector=wish.connector,
        id_tag=wish.id_tag,
        token=grant.token,
        token_tenant=grant.token_tenant,
        grant=grant.grant,
        parent=grant.parent,
        expires_at=wish.expires_at,
    )


def _keeps_any(configuration: StationConfiguration | None) -> bool:
    """OCPP 1.6, 9.3.1: if the key is there and true; one that has told nothing yet is asked."""
    if configuration is None or configuration.read_at is None:
        return True
    told = configuration.find("ReserveConnectorZeroSupported")
    return told is not None and (told.value or "").strip().lower() == "true"


async def _ask(
    reservation: Reservation, station: Station, work: ReservationWork, ids: Ids, now: Instant
) -> None:
    await queue_command(work, reservation.order(), station=station, at=now, ids=ids)


# What is not among them is told by the status of the command.
_WORDS: Mapping[str, ReservationOutcome] = {
    "Accepted": ReservationOutcome.ACCEPTED,
    "Faulted": ReservationOutcome.FAULTED,
    "Occupied": ReservationOutcome.OCCUPIED,
    "Unavailable": ReservationOutcome.UNAVAILABLE,
}
_OUTCOMES: Mapping[CommandStatus, ReservationOutcome] = {
    CommandStatus.EFFECTIVE: ReservationOutcome.ACCEPTED,
    CommandStatus.TIMEOUT: ReservationOutcome.TIMEOUT,
    CommandStatus.OFFLINE: ReservationOutcome.OFFLINE,
    CommandStatus.BUSY: ReservationOutcome.BUSY,
    CommandStatus.NOT_SUPPORTED: ReservationOutcome.NOT_SUPPORTED,
}


def outcome_of(command: Command) -> ReservationOutcome:
    """What came of an order about a reservation, in the words of OCPP 1.6, 7.40 or of the line."""
    told = str((command.answer or {}).get("status"))
    usual = _OUTCOMES.get(command.status, ReservationOutcome.REJECTED)
    return _WORDS.get(told, usual)


async def settle_reservation(
    command: Command, *, work: ReservationWork, clock: Clock, ids: Ids
) -> Reservation | None:
    """Take the outcome of a finished order about a reservation; None where there is none of ours."""
    if not isinstance(command.order, ReserveNow | CancelReservation):
        return None
    known = await work.reservations.find_number(command.station, command.order.reservation)
    if known is None:
        return None
    if isinstance(command.order, CancelReservation):
        return await _settle_cancel(command, known, work, clock, ids)
    outcome, now = outcome_of(command), clock.now()
    stored = await work.reservations.replace(known.answered(outcome, at=now))
    if outcome is not ReservationOutcome.ACCEPTED:
        kind = "reservation.refused"
    else:
        kind = "reservation.accepted" if known.replacement is None else "reservation.replaced"
    work.outbox.publish(reservation_event(kind, stored, ids))
    if outcome is ReservationOutcome.TIMEOUT and not stored.status.is_open:
        # The station may have taken it all the same: nobody waits for it any more.
        station = await work.stations.get(known.station)
        order = CancelReservation(reservation=known.number)
        await queue_command(work, order, station=station, at=now, ids=ids)
    return stored


async def _settle_cancel(
    command: Command, known: Reservation, work: ReservationWork, clock: Clock, ids: Ids
) -> Reservation:
    outcome, now = outcome_of(command), clock.now()
    # OCPP 1.6, 5.1: a station rejects what it does not keep, so that nothing is kept either way.
    rejected = outcome is ReservationOutcome.REJECTED and command.is_refused
    gone = outcome is ReservationOutcome.ACCEPTED or rejected
    if not gone or not known.status.is_open:
        return await work.reservations.replace(attrs.evolve(known, outcome=outcome, updated_at=now))
    cancelled = attrs.evolve(known.become(ReservationStatus.CANCELLED, at=now), outcome=outcome)
    stored = await work.reservations.replace(attrs.evolve(cancelled, replacement=None))
    work.outbox.publish(reservation_event("reservation.cancelled", stored, ids))
    return stored


async def use_reservation(
    session_id: SessionId,
    number: int | None,
    *,
    work: ReservationWork,
    scope: Scope,
    tools: ChargingTools,
    clock: Clock,
) -> Reservation | None:
    """Close the reservation, if any, that a started session has used."""
    session = await work.sessions.get(session_id)
    if number is not None:
        named = await work.reservations.find_number(session.station, number)
        known = [] if named is None else [named]
    else:
        known = await work.reservations.open_at(session.station)
    if not known:
        return None
    at_station = attrs.evolve(scope, tenant=session.tenant)
    shown = await find_presented(session.id_tag, session.station, at_station, tools, at=session.started_at)
    token = shown.token
    used = reservation_used(session, None if token is None else token.parent, number, known)
    if used is None:
        return None
    stored = await work.reservations.replace(used.use(session.id, at=clock.now()))
    work.outbox.publish(reservation_event("reservation.used", stored, tools.ids))
    return stored


async def expire_reservations(
    *, scope: Scope, transactions: Transactions[ReservationWork], clock: Clock, ids: Ids
) -> int:
    """End the open reservations whose time is over, as stations do by themselves; return how many.

    One that a station had kept was a no-show. Told of its use afterwards, it is used after all.
    """
    now = clock.now()
    async with transactions(scope) as work:
        overdue = await work.reservations.overdue(now)
        for reservation in overdue:
            _publish_end(reservation, await _expire(reservation, work, now), work.outbox, ids)
    return len(overdue)


async def next_expiry(
    *, scope: Scope, transactions: Transactions[ReservationWork], until: Instant
) -> Instant | None:
    """When, up to `until`, the first open reservation ends, None if none does."""
    async with transactions(scope) as work:
        overdue = await work.reservations.overdue(until)
    return min((one.terms.expires_at for one in overdue), default=None)


async def _expire(reservation: Reservation, work: ReservationWork, now: Instant) -> Reservation:
    expired = attrs.evolve(reservation.become(ReservationStatus.EXPIRED, at=now), replacement=None)
    return await work.reservations.replace(expired)


def _publish_end(before: Reservation, expired: Reservation, outbox: Outbox, ids: Ids) -> None:
    outbox.publish(reservation_event("reservation.expired", expired, ids))
    if before.status is ReservationStatus.ACTIVE:
        outbox.publish(reservation_event("reservation.no_show", expired, ids))


def reservation_event(kind: str, reservation: Reservation, ids: Ids) -> Event:
    terms = reservation.terms
    return Event(
        id=EventId(ids.uuid7(reservation.updated_at)),
        tenant=reservation.tenant,
        type=kind,
        subject=shown("rsv", reservation.id),
        at=reservation.updated_at,
        data={
            "reservation": shown("rsv", reservation.id),
            "station": shown("sta", reservation.station),
            "number": reservation.number,
            "connector": terms.connector,
            # Whose card of another company it is, is not for the station's side to know.
            "id_tag": terms.id_tag.text if terms.grant is None else "",
            "expires_at": terms.expires_at.isoformat(),
            "status": reservation.status.value,
            "outcome": None if reservation.outcome is None else reservation.outcome.value,
            "session": None if reservation.session is None else shown("ses", reservation.session),
        },
    )
