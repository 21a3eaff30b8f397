"""A command is sent once, and what the station answered is recorded, also when that takes two tries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_core.commands import Command, CommandStatus, StationAnswer
from emobility_core.errors import Unavailable
from emobility_core.ids import shown
from emobility_core.instants import OneClock
from emobility_core.operations import Operation
from emobility_core.reactions import send_commands
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_command, make_event, make_tenant
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Scope


@attrs.frozen
class Away(Unavailable):
    """The store is away.

    Remedy: wait.
    """

    code = "away-for-a-test"


@attrs.define
class Line:
    """A station that refuses, after which the store goes away."""

    away: bool = False
    sent: int = 0

    async def send(self, command: Command) -> StationAnswer:
        self.sent += 1
        self.away = True
        return StationAnswer(CommandStatus.REJECTED, "no")


async def test_an_answer_that_cannot_be_recorded_at_once_is_not_lost() -> None:
    memory, tenant, line = MemoryStore(), make_tenant(), Line()
    scope = scope_of(tenant, "test")
    command = make_command(tenant=tenant.id)
    operation = Operation(
        id=command.operation, tenant=tenant.id, created_at=NOON, updated_at=NOON, kind="command"
    )
    async with memory.transactions(scope) as work:
        await work.tenants.add(tenant)
        await work.commands.add(command)
        await work.operations.add(operation)

    @asynccontextmanager
    async def transactions(scope: Scope) -> AsyncIterator[Any]:
        if line.away:
            raise Away()
        async with memory.transactions(scope) as work:
            yield work

    reaction = send_commands(
        transactions=transactions, line=line, clocks=OneClock(FrozenClock()), ids=SeededIds()
    )
    event = make_event(tenant=tenant.id, type="command.queued", subject=shown("cmd", command.id))
    for _ in range(2):
        with pytest.raises(Away):
            await reaction.react(event, scope)
    line.away = False
    await reaction.react(event, scope)
    async with memory.transactions(scope) as work:
        stored = await work.commands.get(command.id)
    assert (stored.status, stored.detail, line.sent) == (CommandStatus.REJECTED, "no", 1)
