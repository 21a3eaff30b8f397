"""A session has started or ended: the command that asked for it has taken effect."""

from __future__ import annotations

from typing import Protocol

from emobility_core.charging import RemoteWork, settle_effects
from emobility_core.ids import Ids, SessionId, StationId, parse_id
from emobility_core.instants import Clock
from emobility_core.reactions._ports import AlreadyReacted, AwaitedStations, ReactedEvents, Reaction
from emobility_core.work import Event, Scope, Transactions

NAME = "settle-commands"


class _Work(RemoteWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def settle_commands(
    *, transactions: Transactions[_Work], awaited: AwaitedStations, clock: Clock, ids: Ids
) -> Reaction:
    async def react(event: Event, scope: Scope) -> None:
        if StationId(parse_id("sta", str(event.data["station"]))) not in awaited:
            return
        session = SessionId(parse_id("ses", event.subject))
        started = event.type == "session.started"
        try:
            async with transactions(scope) as work:
                settled = await settle_effects(session, work=work, clock=clock, ids=ids, started=started)
                if settled is not None:
                    await work.reacted.mark(NAME, event.id)
        except AlreadyReacted:
            return

    return Reaction(name=NAME, types=frozenset({"session.started", "session.ended"}), react=react)
