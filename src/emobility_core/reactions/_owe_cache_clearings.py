"""A token counts no more: stations must not remember that it was good, and a station's answer says whether it
has forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from emobility_core.commands import CommandKind, commands_of
from emobility_core.ids import CommandId, parse_id
from emobility_core.local_authorization import CacheWork, settle_clearings
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction, Together, apart
from emobility_core.work import Event, Scope, Transactions

NAME = "owe-cache-clearings"


# Tokens do not move by themselves: those of a tenant that moves no longer count where it stood, and those of
# the tenants there no longer with it.
_COUNT_NO_MORE = frozenset({"token.blocked", "tenant.moved", "tenant.departed", "tenant.closed"})


class _Work(CacheWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def owe_cache_clearings(
    *, transactions: Transactions[_Work], everything: Scope, together: Together = apart
) -> Reaction:
    """`everything` sees all tenants: a token counts above its own tenant as well as below."""

    async def settle(events: Sequence[Event], scope: Scope) -> Sequence[None]:
        async with transactions(scope) as work:
            await work.reacted.mark(NAME, *(event.id for event in events))
            commands = await commands_of(
                work, [CommandId(parse_id("cmd", event.subject)) for event in events]
            )
            await settle_clearings(commands, work=work)
        return [None] * len(events)

    settle_one = together(settle)

    async def react(event: Event, scope: Scope) -> None:
        try:
            if event.type in _COUNT_NO_MORE:
                async with transactions(everything) as work:
                    await work.reacted.mark(NAME, event.id)
                    await work.cache_clearings.owe(scope.path, at=event.at)
            else:
                await settle_one(event, scope)
        except AlreadyReacted:
            return

    types = _COUNT_NO_MORE | {"command.completed", "command.failed"}
    kinds = frozenset({CommandKind.CLEAR_CACHE.value})
    return Reaction(name=NAME, types=types, kinds=kinds, react=react)
