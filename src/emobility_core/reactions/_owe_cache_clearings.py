"""A token was blocked: stations must not remember that it was good, and a station's answer says whether it
has forgotten."""

from __future__ import annotations

from typing import Protocol

from emobility_core.charging import CacheWork, settle_clearing
from emobility_core.commands import CommandKind
from emobility_core.ids import parse_id
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction
from emobility_core.work import Event, Scope, Transactions

NAME = "owe-cache-clearings"


class _Work(CacheWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def owe_cache_clearings(*, transactions: Transactions[_Work], everything: Scope) -> Reaction:
    """`everything` sees all tenants: a token counts above its own tenant as well as below."""

    async def react(event: Event, scope: Scope) -> None:
        blocked = event.type == "token.blocked"
        if not blocked and event.data["kind"] != CommandKind.CLEAR_CACHE.value:
            return
        try:
            async with transactions(everything if blocked else scope) as work:
                await work.reacted.mark(NAME, event.id)
                if blocked:
                    await work.cache_clearings.owe(scope.path, at=event.at)
                else:
                    command = await work.commands.get(parse_id("cmd", event.subject))
                    await settle_clearing(command, work=work)
        except AlreadyReacted:
            return

    types = frozenset({"token.blocked", "command.completed", "command.failed"})
    return Reaction(name=NAME, types=types, react=react)
