"""A session has started: it may be what a connector was kept for."""

from __future__ import annotations

from typing import Any, Protocol

from emobility_core.charging import ChargingTools, ReservationWork, use_reservation
from emobility_core.ids import SessionId, StationId, parse_id
from emobility_core.instants import Clocks
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction, ReservedStations
from emobility_core.work import Event, Scope, Transactions

NAME = "use-reservations"


class _Work(ReservationWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def use_reservations(
    *, transactions: Transactions[_Work], reserved: ReservedStations, tools: ChargingTools, clocks: Clocks
) -> Reaction:
    """Sessions are many and reservations few: what has nothing to do with one costs no query."""

    async def react(event: Event, scope: Scope) -> None:
        told: Any = event.data
        # A new subscriber hears the whole feed: sessions of former versions tell no number.
        number: int | None = told.get("reservation")
        if number is None and StationId(parse_id("sta", told["station"])) not in reserved:
            return
        session = SessionId(parse_id("ses", event.subject))
        try:
            async with transactions(scope) as work:
                used = await use_reservation(
                    session, number, work=work, scope=scope, tools=tools, clock=clocks.of(scope.path)
                )
                if used is not None:
                    await work.reacted.mark(NAME, event.id)
        except AlreadyReacted:
            return

    return Reaction(name=NAME, types=frozenset({"session.started"}), react=react)
