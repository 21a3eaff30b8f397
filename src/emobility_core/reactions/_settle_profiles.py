"""A command about a charging profile or a schedule is over: note what came of it."""

from __future__ import annotations

from typing import Protocol

from emobility_core.commands import Command, CommandKind, RemoteStart
from emobility_core.ids import CommandId, Ids, parse_id
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction
from emobility_core.smart_charging import ProfileWork, settle_comparison, settle_profiles_of
from emobility_core.work import Event, Scope, Transactions

NAME = "settle-profiles"
_KINDS = frozenset(
    kind.value
    for kind in (
        CommandKind.SET_CHARGING_PROFILE,
        CommandKind.CLEAR_CHARGING_PROFILE,
        CommandKind.GET_COMPOSITE_SCHEDULE,
        CommandKind.REMOTE_START,
    )
)


class _Work(ProfileWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def settle_profiles(*, transactions: Transactions[_Work], ids: Ids) -> Reaction:
    async def react(event: Event, scope: Scope) -> None:
        try:
            async with transactions(scope) as work:
                command = await work.commands.get(CommandId(parse_id("cmd", event.subject)))
                if _is_bare_start(command):
                    return
                await work.reacted.mark(NAME, event.id)
                if command.kind is CommandKind.GET_COMPOSITE_SCHEDULE:
                    await settle_comparison(work, command)
                else:
                    await settle_profiles_of(work, command, ids=ids)
        except AlreadyReacted:
            return

    return Reaction(
        name=NAME, types=frozenset({"command.completed", "command.failed"}), kinds=_KINDS, react=react
    )


def _is_bare_start(command: Command) -> bool:
    return isinstance(command.order, RemoteStart) and command.order.profile is None
