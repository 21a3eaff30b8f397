"""A session has ended, or its end was corrected: price it."""

from __future__ import annotations

from typing import Protocol

from emobility_core.ids import Ids, SessionId, parse_id
from emobility_core.instants import Clocks
from emobility_core.rating import RatingWork, rate_ended
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction
from emobility_core.work import Event, Scope, Transactions

NAME = "rate-sessions"


class _Work(RatingWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def rate_sessions(*, transactions: Transactions[_Work], clocks: Clocks, ids: Ids) -> Reaction:
    async def react(event: Event, scope: Scope) -> None:
        try:
            async with transactions(scope) as work:
                await work.reacted.mark(NAME, event.id)
                session = SessionId(parse_id("ses", event.subject))
                await rate_ended(session, work=work, clock=clocks.of(scope.path), ids=ids)
        except AlreadyReacted:
            return

    return Reaction(name=NAME, types=frozenset({"session.ended", "session.corrected"}), react=react)
