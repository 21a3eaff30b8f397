"""A command was queued: call the station, outside any transaction."""

from __future__ import annotations

from collections.abc import Sequence

from emobility_core.commands import (
    Command,
    CommandWork,
    StationAnswer,
    StationLine,
    begin_commands,
    record_answers,
)
from emobility_core.ids import CommandId, Ids, parse_id
from emobility_core.instants import Clocks
from emobility_core.reactions._ports import Reaction, Together, apart
from emobility_core.work import Event, Scope, Transactions

# One that waits for a deaf station costs next to nothing, and must not keep the others waiting: two orders
# to each of five thousand.
_AT_ONCE = 10_000


def send_commands(
    *,
    transactions: Transactions[CommandWork],
    line: StationLine,
    clocks: Clocks,
    ids: Ids,
    together: Together = apart,
) -> Reaction:
    """Needs no mark: a command leaves QUEUED but once."""
    # Answers that are not recorded yet: called again, the reaction goes on from there.
    answers: dict[CommandId, StationAnswer] = {}

    async def begin(asked: Sequence[CommandId], scope: Scope) -> Sequence[Command | None]:
        clock = clocks.of(scope.path)
        return await begin_commands(asked, scope=scope, transactions=transactions, clock=clock, ids=ids)

    async def record(answered: Sequence[CommandId], scope: Scope) -> Sequence[None]:
        of_these = {command: answers[command] for command in answered}
        clock = clocks.of(scope.path)
        await record_answers(of_these, scope=scope, transactions=transactions, clock=clock, ids=ids)
        return [None] * len(answered)

    begin_one, record_one = together(begin), together(record)

    async def react(event: Event, scope: Scope) -> None:
        id = CommandId(parse_id("cmd", event.subject))
        if id not in answers:
            command = await begin_one(id, scope)
            if command is None:
                return
            answers[id] = await line.send(command)
        await record_one(id, scope)
        del answers[id]

    return Reaction(name="send-commands", types=frozenset({"command.queued"}), react=react, at_once=_AT_ONCE)
