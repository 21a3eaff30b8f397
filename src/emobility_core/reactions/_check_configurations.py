"""A station has answered a request about its configuration: keep what it tells, and go on with its check."""

from __future__ import annotations

from typing import Protocol

from emobility_core.commands import CommandKind
from emobility_core.configuration import ConfigurationWork, follow_check
from emobility_core.ids import CommandId, Ids, parse_id
from emobility_core.instants import Clocks
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction
from emobility_core.work import Event, Scope, Transactions

NAME = "check-configurations"
_KINDS = frozenset({CommandKind.GET_CONFIGURATION.value, CommandKind.CHANGE_CONFIGURATION.value})


class _Work(ConfigurationWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def check_configurations(*, transactions: Transactions[_Work], clocks: Clocks, ids: Ids) -> Reaction:
    async def react(event: Event, scope: Scope) -> None:
        command = CommandId(parse_id("cmd", event.subject))
        try:
            async with transactions(scope) as work:
                await work.reacted.mark(NAME, event.id)
                await follow_check(command, path=scope.path, work=work, clock=clocks.of(scope.path), ids=ids)
        except AlreadyReacted:
            return

    types = frozenset({"command.accepted", "command.completed", "command.failed"})
    return Reaction(name=NAME, types=types, kinds=_KINDS, react=react)
