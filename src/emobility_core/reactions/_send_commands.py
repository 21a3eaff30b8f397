"""A command was queued: call the station, outside any transaction."""

from __future__ import annotations

from emobility_core.commands import (
    CommandWork,
    StationAnswer,
    StationLine,
    record_answer,
    send_command,
)
from emobility_core.ids import CommandId, Ids, parse_id
from emobility_core.instants import Clock
from emobility_core.reactions._ports import Reaction
from emobility_core.work import Event, Scope, Transactions


def send_commands(
    *, transactions: Transactions[CommandWork], line: StationLine, clock: Clock, ids: Ids
) -> Reaction:
    """Needs no mark: a command leaves QUEUED but once."""
    # Answers that are not recorded yet: called again, the reaction goes on from there.
    answers: dict[CommandId, StationAnswer] = {}

    async def react(event: Event, scope: Scope) -> None:
        command = CommandId(parse_id("cmd", event.subject))
        if command not in answers:
            answer = await send_command(
                command, scope=scope, transactions=transactions, line=line, clock=clock, ids=ids
            )
            if answer is None:
                return
            answers[command] = answer
        await record_answer(
            command, answers[command], scope=scope, transactions=transactions, clock=clock, ids=ids
        )
        del answers[command]

    return Reaction(name="send-commands", types=frozenset({"command.queued"}), react=react)
