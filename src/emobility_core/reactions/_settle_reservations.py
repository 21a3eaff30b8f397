"""A station has answered what it was asked about a reservation: that is how the reservation stands now."""

from __future__ import annotations

from typing import Protocol

from emobility_core.charging import ReservationWork, settle_reservation
from emobility_core.commands import CommandKind
from emobility_core.ids import Ids, parse_id
from emobility_core.instants import Clocks
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction
from emobility_core.work import Event, Scope, Transactions

NAME = "settle-reservations"
_KINDS = frozenset({CommandKind.RESERVE_NOW.value, CommandKind.CANCEL_RESERVATION.value})


class _Work(ReservationWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def settle_reservations(*, transactions: Transactions[_Work], clocks: Clocks, ids: Ids) -> Reaction:
    async def react(event: Event, scope: Scope) -> None:
        try:
            async with transactions(scope) as work:
                await work.reacted.mark(NAME, event.id)
                command = await work.commands.get(parse_id("cmd", event.subject))
                await settle_reservation(command, work=work, clock=clocks.of(scope.path), ids=ids)
        except AlreadyReacted:
            return

    return Reaction(
        name=NAME, types=frozenset({"command.completed", "command.failed"}), kinds=_KINDS, react=react
    )
