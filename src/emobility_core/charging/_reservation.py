"""Reservations: a connector kept for a tag, or its group, until somebody comes or the time is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.charging._session import Session
from emobility_core.commands import ReserveNow
from emobility_core.customers import IdTag
from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import GrantId, ReservationId, SessionId, StationId, TenantId, TokenId
from emobility_core.instants import Instant
from emobility_core.work import Record


@attrs.frozen
class UnknownReservation(NotFound):
    """There is no such reservation within the caller's scope.

    Remedy: list the reservations and use one of their ids.
    """

    code = "unknown-reservation"
    reservation: UUID


@attrs.frozen
class WrongReservationStatus(Conflict):
    """A reservation cannot take this step from the status it is in.

    Remedy: read it again; it may be used, cancelled or over. Make another one if it is.
    """

    code = "wrong-reservation-status"
    reservation: UUID
    status: str


@attrs.frozen
class ReservationUndecided(Conflict):
    """The station has not answered yet what it was asked last about this reservation.

    Remedy: wait for `reservation.accepted`, `reservation.replaced` or `reservation.refused`, and ask then.
    """

    code = "reservation-undecided"
    reservation: UUID


@attrs.frozen
class ReservationOverAlready(Invalid):
    """A reservation is to end before it would begin.

    Remedy: give an `expires_at` in the future.
    """

    code = "reservation-over-already"
    expires_at: Instant


@attrs.frozen
class ConnectorReserved(Conflict):
    """The connector is kept for somebody else.

    Remedy: choose another connector, a token of the same group, or wait until the reservation is over.
    """

    code = "connector-reserved"
    station: StationId
    connector: int


@attrs.frozen
class ConnectorZeroNotReservable(Conflict):
    """The station does not keep just any of its connectors (ReserveConnectorZeroSupported).

    Remedy: name the connector to keep.
    """

    code = "connector-zero-not-reservable"
    station: StationId


# Clocks of stations differ by minutes.
CLOCKS_DIFFER_BY = timedelta(minutes=5)


class ReservationStatus(Enum):
    """How far a reservation has come; ACTIVE says that the station keeps the connector."""

    REQUESTED = "requested"
    ACTIVE = "active"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    USED = "used"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        return self in (ReservationStatus.REQUESTED, ReservationStatus.ACTIVE)


class ReservationOutcome(Enum):
    """What came of the last thing that the station was asked about a reservation (OCPP 1.6, 7.40)."""

    ACCEPTED = "accepted"
    FAULTED = "faulted"
    OCCUPIED = "occupied"
    REJECTED = "rejected"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    OFFLINE = "offline"
    BUSY = "busy"
    NOT_SUPPORTED = "not_supported"


_S = ReservationStatus
# A station that was offline tells of a use afterwards: also of a reservation that seemed refused or over.
_NEXT: dict[ReservationStatus, frozenset[ReservationStatus]] = {
    _S.REQUESTED: frozenset({_S.ACTIVE, _S.REFUSED, _S.CANCELLED, _S.USED, _S.EXPIRED}),
    _S.ACTIVE: frozenset({_S.CANCELLED, _S.USED, _S.EXPIRED}),
    _S.REFUSED: frozenset({_S.USED}),
    _S.EXPIRED: frozenset({_S.USED}),
}


@attrs.frozen(kw_only=True)
class ReservationTerms:
    """What is kept for whom, and until when; connector 0 is any of the station's. `grant` let in a card of
    another company, `token_tenant`, as with sessions."""

    connector: int
    id_tag: IdTag
    token: TokenId | None = None
    token_tenant: TenantId | None = None
    grant: GrantId | None = None
    parent: IdTag | None = None
    expires_at: Instant


@attrs.frozen(kw_only=True)
class Reservation(Record):
    """A reservation at one station, which knows it by `number`.

    `replacement` are terms that the station was asked to take instead and has not answered yet;
    `outcome` is its last answer, `session` the one that used the reservation.
    """

    id: ReservationId
    station: StationId
    number: int
    terms: ReservationTerms
    expires_at: Instant = attrs.field()
    replacement: ReservationTerms | None = None
    status: ReservationStatus = ReservationStatus.REQUESTED
    outcome: ReservationOutcome | None = None
    session: SessionId | None = None

    @expires_at.default
    def _as_its_terms(self) -> Instant:
        return self.terms.expires_at

    @property
    def grant(self) -> GrantId | None:
        """By which a card of another company is named in it, if one is."""
        return self.terms.grant or (None if self.replacement is None else self.replacement.grant)

    def become(self, status: ReservationStatus, *, at: Instant) -> Reservation:
        """Take the next step; raise `WrongReservationStatus` where there is none to it from here."""
        if status not in _NEXT.get(self.status, frozenset()):
            raise WrongReservationStatus(self.id, self.status.value)
        return attrs.evolve(self, status=status, updated_at=at)

    def order(self) -> ReserveNow:
        """What to ask the station for: the newest terms. The same number replaces (OCPP 1.6, 5.13)."""
        terms = self.replacement or self.terms
        return ReserveNow(
            reservation=self.number,
            connector=terms.connector,
            expires_at=terms.expires_at,
            id_tag=terms.id_tag.text,
            parent=None if terms.parent is None else terms.parent.text,
        )

    def replace(self, terms: ReservationTerms, *, at: Instant) -> Reservation:
        """Ask for other terms; until the station takes them the old ones hold.

        Raises `WrongReservationStatus`, and `ReservationUndecided` while an answer is awaited.
        """
        if self.status is ReservationStatus.REQUESTED or self.replacement is not None:
            raise ReservationUndecided(self.id)
        if self.status is not ReservationStatus.ACTIVE:
            raise WrongReservationStatus(self.id, self.status.value)
        return attrs.evolve(self, replacement=terms, updated_at=at)

    def answered(self, outcome: ReservationOutcome, *, at: Instant) -> Reservation:
        """Take the station's answer to what it was asked to keep; one that is over does not change."""
        told = attrs.evolve(self, outcome=outcome, replacement=None, updated_at=at)
        accepted = outcome is ReservationOutcome.ACCEPTED
        if self.status is ReservationStatus.REQUESTED:
            return told.become(ReservationStatus.ACTIVE if accepted else ReservationStatus.REFUSED, at=at)
        if accepted and self.replacement is not None:
            terms = self.replacement
            return attrs.evolve(told, terms=terms, expires_at=terms.expires_at)
        return told

    def use(self, session: SessionId, *, at: Instant) -> Reservation:
        return attrs.evolve(self.become(ReservationStatus.USED, at=at), session=session)

    def is_for(self, tag: IdTag, parent: IdTag | None) -> bool:
        """Whether the tag, or one of its group, may use it (OCPP 1.6, 5.13)."""
        terms = self.terms
        return tag == terms.id_tag or (parent is not None and parent == terms.parent)

    def keeps(self, connector: int, *, at: Instant) -> bool:
        """Whether that very connector is kept at the moment; one for any connector keeps none by name."""
        return self.status.is_open and self.terms.connector == connector and at < self.terms.expires_at


def reservation_used(
    session: Session, parent: IdTag | None, number: int | None, known: Iterable[Reservation]
) -> Reservation | None:
    """Find which of the station's reservations a session has used.

    The number that the station told decides. Without one it is that of the connector, if the tag or its
    group fits and the start lies within; a foreign tag leaves it as it is: the station guards it.
    """
    if number is not None:
        named = (one for one in known if one.number == number)
        return next((one for one in named if ReservationStatus.USED in _NEXT.get(one.status, ())), None)
    fitting = [
        one
        for one in known
        if one.status.is_open
        and one.terms.connector in (0, session.connector)
        and one.is_for(session.id_tag, parent)
        and session.started_at < one.terms.expires_at
        and session.started_received >= one.created_at
        # What began before, and is told only now, was not kept for: it may be over since hours.
        and session.started_at >= one.created_at - CLOCKS_DIFFER_BY
    ]
    # One for this very connector before one for any.
    return min(fitting, key=lambda one: (one.terms.connector == 0, one.terms.expires_at), default=None)


def is_kept_from(
    tag: IdTag, parent: IdTag | None, known: Iterable[Reservation], connector: int, *, at: Instant
) -> bool:
    """Whether the connector is kept for others than the tag and its group."""
    kept = [one for one in known if one.keeps(connector, at=at)]
    return bool(kept) and not any(one.is_for(tag, parent) for one in kept)
