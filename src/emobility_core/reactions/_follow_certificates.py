"""A command about certificates is over: what became of the certificate, and what the station trusts now."""

from __future__ import annotations

from typing import Protocol

from emobility_core.certification import (
    CertificationWork,
    InstalledWork,
    follow_certificate,
    follow_installed,
)
from emobility_core.commands import CommandKind
from emobility_core.ids import CommandId, Ids, parse_id
from emobility_core.instants import Clocks
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction
from emobility_core.work import Event, Scope, Transactions

NAME = "follow-certificates"
_KINDS = frozenset(
    {
        CommandKind.SEND_SIGNED_CERTIFICATE.value,
        CommandKind.GET_INSTALLED_CERTIFICATES.value,
        CommandKind.INSTALL_CERTIFICATE.value,
        CommandKind.DELETE_CERTIFICATE.value,
    }
)


class _Work(CertificationWork, InstalledWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def follow_certificates(*, transactions: Transactions[_Work], clocks: Clocks, ids: Ids) -> Reaction:
    async def react(event: Event, scope: Scope) -> None:
        try:
            async with transactions(scope) as work:
                await work.reacted.mark(NAME, event.id)
                command = await work.commands.get(CommandId(parse_id("cmd", event.subject)))
                now = clocks.of(scope.path).now()
                await follow_certificate(command, work, at=now, ids=ids)
                await follow_installed(command, work, at=now, ids=ids)
        except AlreadyReacted:
            return

    return Reaction(
        name=NAME, types=frozenset({"command.completed", "command.failed"}), kinds=_KINDS, react=react
    )
