"""A station has answered what it was asked about its local list: that is what it holds now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from emobility_core.commands import CommandKind, commands_of
from emobility_core.ids import CommandId, Ids, parse_id
from emobility_core.instants import Clocks
from emobility_core.local_authorization import LocalListWork, settle_lists
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction, Together, apart
from emobility_core.work import Event, Scope, Transactions

NAME = "settle-local-lists"
_KINDS = frozenset({CommandKind.SEND_LOCAL_LIST.value, CommandKind.GET_LOCAL_LIST_VERSION.value})


class _Work(LocalListWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def settle_local_lists(
    *, transactions: Transactions[_Work], clocks: Clocks, ids: Ids, together: Together = apart
) -> Reaction:
    async def settle(events: Sequence[Event], scope: Scope) -> Sequence[None]:
        async with transactions(scope) as work:
            await work.reacted.mark(NAME, *(event.id for event in events))
            commands = await commands_of(
                work, [CommandId(parse_id("cmd", event.subject)) for event in events]
            )
            await settle_lists(commands, work=work, clock=clocks.of(scope.path), ids=ids)
        return [None] * len(events)

    settle_one = together(settle)

    async def react(event: Event, scope: Scope) -> None:
        try:
            await settle_one(event, scope)
        except AlreadyReacted:
            return

    return Reaction(
        name=NAME, types=frozenset({"command.completed", "command.failed"}), kinds=_KINDS, react=react
    )
