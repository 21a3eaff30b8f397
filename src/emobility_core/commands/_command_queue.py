"""Commands on their way: queued with what asked for them, sent after commit, settled by what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.commands._command import Command, CommandStatus, StationAnswer, UnknownCommand
from emobility_core.commands._effect import Step
from emobility_core.commands._order import EFFECT_WITHIN, TriggeredMessage, TriggerMessage
from emobility_core.commands._orders import Order
from emobility_core.commands._ports import Commands
from emobility_core.commands._security_order import UpgradeWork, require_no_key, require_sound_change
from emobility_core.commands._transfer_order import SignedUpdateFirmware, UpdateFirmware
from emobility_core.errors import Conflict, Denied
from emobility_core.ids import CommandId, EventId, GrantId, Ids, OperationId, SessionId, StationId, shown
from emobility_core.instants import TICK, Clock, Instant
from emobility_core.network import Station, StationStates
from emobility_core.operations import Operation, operation_completed
from emobility_core.work import Event, Outbox, Page, Records, Scope, StaleWrite, Transactions

EXPIRED_AT_ONCE = 500


@attrs.frozen
class NotATestStation(Denied):
    """Firmware is sent to test stations only, as long as no campaign has approved it for others.

    Remedy: try it on a station that is marked as a test station.
    """

    code = "not-a-test-station"
    station: UUID


@attrs.frozen
class AlreadyBooted(Conflict):
    """A station that has booted and was accepted is not to be asked for its boot notification again.

    Remedy: reset the station, or read what it told at its last boot.
    """

    code = "already-booted"
    station: UUID


class CommandWork(Protocol):
    """What it takes to queue a command, and to settle one."""

    @property
    def commands(self) -> Commands: ...
    @property
    def operations(self) -> Records[Operation]: ...
    @property
    def outbox(self) -> Outbox: ...


class StationWork(CommandWork, UpgradeWork, Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def station_states(self) -> StationStates: ...


async def command_station(
    work: StationWork,
    order: Order,
    *,
    station: StationId,
    clock: Clock,
    ids: Ids,
    grant: GrantId | None = None,
) -> Command:
    """Queue what somebody asks of a station, of another company under a `grant`.

    Raises `UnknownStation`, `NotATestStation`, `AlreadyBooted`, `KeyByRotation`, and what stands against a
    higher security profile.
    """
    known = await work.stations.get(station)
    if isinstance(order, UpdateFirmware | SignedUpdateFirmware) and not known.is_test:
        raise NotATestStation(station)
    if isinstance(order, TriggerMessage) and order.message is TriggeredMessage.BOOT_NOTIFICATION:
        # OCPP 1.6, errata 4.0, 3.40: not once the station was accepted.
        state = await work.station_states.find(station)
        if state is not None and state.boots:
            raise AlreadyBooted(station)
    await require_sound_change(order, known, work, at=clock.now())
    return await queue_command(work, order, station=known, at=clock.now(), ids=ids, grant=grant)


async def queue_command(
    work: CommandWork,
    order: Order,
    *,
    station: Station,
    at: Instant,
    ids: Ids,
    session: SessionId | None = None,
    deadline: Instant | None = None,
    grant: GrantId | None = None,
) -> Command:
    """Queue an order in a unit of work that may do more; it is sent once that has committed.

    It is given up if it was not sent by `deadline`, five minutes from now unless told otherwise.
    """
    command = _new(order, station, at, ids)
    command = attrs.evolve(command, session=session, grant=grant, deadline=deadline or command.deadline)
    await _queue([command], work, ids)
    return command


async def queue_commands(
    work: CommandWork, orders: Sequence[tuple[Order, Station]], *, at: Instant, ids: Ids
) -> list[Command]:
    """Queue orders to many stations, as `queue_command` does with each."""
    commands = [_new(order, station, at, ids) for order, station in orders]
    await _queue(commands, work, ids)
    return commands


def _new(order: Order, station: Station, at: Instant, ids: Ids) -> Command:
    require_no_key(order, station)
    return Command(
        id=CommandId(ids.uuid7(at)),
        tenant=station.tenant,
        created_at=at,
        updated_at=at,
        station=station.id,
        order=order,
        operation=OperationId(ids.uuid7(at)),
        deadline=Instant(at + EFFECT_WITHIN),
    )


async def _queue(commands: Sequence[Command], work: CommandWork, ids: Ids) -> None:
    await work.commands.add_all(commands)
    await work.operations.add_all([_operation_of(command) for command in commands])
    work.outbox.publish(*(command_event("command.queued", command, ids) for command in commands))


def _operation_of(command: Command) -> Operation:
    return Operation(
        id=command.operation,
        tenant=command.tenant,
        created_at=command.created_at,
        updated_at=command.created_at,
        kind=f"command.{command.kind.value}",
        result={"command": shown("cmd", command.id)},
    )


async def begin_commands(
    asked: Sequence[CommandId],
    *,
    scope: Scope,
    transactions: Transactions[CommandWork],
    clock: Clock,
    ids: Ids,
) -> list[Command | None]:
    """Note of queued commands that they are sent, and return each as it is to be sent after that.

    None where nothing is to be sent: it was before, or its deadline has passed and it is timed out.
    """
    now = clock.now()
    async with transactions(scope) as work:
        commands = await commands_of(work, list(dict.fromkeys(asked)))
        queued = [one for one in commands if one.status is CommandStatus.QUEUED]
        # The server was away: nobody stands at the connector any more.
        late = [one.become(CommandStatus.TIMEOUT, at=now) for one in queued if now > one.deadline]
        await settle_all(late, work, ids)
        sent = [one.become(CommandStatus.SENT, at=now) for one in queued if now <= one.deadline]
        begun = {one.id: one for one in await work.commands.replace_all(sent)}
    return [begun.pop(id, None) for id in asked]


async def record_answers(
    answers: Mapping[CommandId, StationAnswer],
    *,
    scope: Scope,
    transactions: Transactions[CommandWork],
    clock: Clock,
    ids: Ids,
) -> None:
    """Record what stations answered, but for commands that are over meanwhile."""
    async with transactions(scope) as work:
        commands = await commands_of(work, list(answers))
        sent = [one for one in commands if one.status is CommandStatus.SENT]
        answered = [one.answered(answers[one.id], at=clock.now()) for one in sent]
        for stored in await settle_all(answered, work, ids):
            if stored.status is CommandStatus.ACCEPTED:
                work.outbox.publish(command_event("command.accepted", stored, ids))


async def commands_of(work: CommandWork, asked: Sequence[CommandId]) -> list[Command]:
    """The commands of these ids, in their order; raises `UnknownCommand`."""
    known = {one.id: one for one in await work.commands.page(Page.of("id", asked))}
    for id in asked:
        if id not in known:
            raise UnknownCommand(id)
    return [known[id] for id in asked]


async def settle(command: Command, work: CommandWork, ids: Ids) -> Command:
    """Store a command's new status; once it is final its operation ends too and others hear of it."""
    return (await settle_all([command], work, ids))[0]


async def settle_all(commands: Sequence[Command], work: CommandWork, ids: Ids) -> list[Command]:
    """`settle` different commands."""
    stored = await work.commands.replace_all(commands)
    final = [one for one in stored if one.status.is_final]
    if final:
        known = await work.operations.page(Page.of("id", [one.operation for one in final]))
        operations = {operation.id: operation for operation in known}
        ended = [_ended(operations[one.operation], one) for one in final]
        for one, operation in zip(final, await work.operations.replace_all(ended), strict=True):
            outcome = "completed" if one.status is CommandStatus.EFFECTIVE else "failed"
            work.outbox.publish(
                command_event(f"command.{outcome}", one, ids),
                operation_completed(operation, at=one.updated_at, ids=ids),
            )
    return stored


def _ended(operation: Operation, command: Command) -> Operation:
    if command.status is not CommandStatus.EFFECTIVE:
        return operation.fail(f"command-{command.status.value}", at=command.updated_at)
    result = {"command": shown("cmd", command.id)}
    if command.session is not None:
        result["session"] = shown("ses", command.session)
    return operation.succeed(result, at=command.updated_at)


async def settle_after(
    station: StationId,
    step_of: Callable[[Command], Step | None],
    *,
    since: Instant,
    work: CommandWork,
    clock: Clock,
    ids: Ids,
) -> list[Command]:
    """Let each command that the station works on take the step that a report of it means.

    `since` is when the report was made: it says nothing of commands that came later.
    """
    changed = []
    for command in await work.commands.waiting(station):
        step = step_of(command) if command.created_at <= since else None
        if step is None:
            continue
        status, detail = step
        if status is CommandStatus.ACCEPTED:
            changed.append(await work.commands.replace(command.came_to(detail or "", at=clock.now())))
        else:
            changed.append(await settle(command.become(status, at=clock.now(), detail=detail), work, ids))
    return changed


async def expire_commands(
    *, scope: Scope, transactions: Transactions[CommandWork], clock: Clock, ids: Ids
) -> int:
    """Time out the open commands whose deadline has passed, some at a time; return how many.

    Each is a unit of its own: one that its station answers at this moment keeps no other waiting.
    """
    now, expired = clock.now(), 0
    async with transactions(scope) as work:
        overdue = await work.commands.overdue(Instant(now + TICK), limit=EXPIRED_AT_ONCE)
    for one in overdue:
        try:
            async with transactions(scope) as work:
                command = await work.commands.get(one.id)
                if command.status.is_final or command.deadline > now:
                    continue
                await settle(command.become(CommandStatus.TIMEOUT, at=now), work, ids)
        except StaleWrite:
            continue
        expired += 1
    return expired


async def next_deadline(
    *, scope: Scope, transactions: Transactions[CommandWork], until: Instant
) -> Instant | None:
    """When, up to `until`, the first open command times out, None if none does."""
    async with transactions(scope) as work:
        overdue = await work.commands.overdue(Instant(until + TICK), limit=1)
    return overdue[0].deadline if overdue else None


def command_event(kind: str, command: Command, ids: Ids) -> Event:
    return Event(
        id=EventId(ids.uuid7(command.updated_at)),
        tenant=command.tenant,
        type=kind,
        subject=shown("cmd", command.id),
        at=command.updated_at,
        data={
            "command": shown("cmd", command.id),
            "station": shown("sta", command.station),
            "kind": command.kind.value,
            "status": command.status.value,
            "session": None if command.session is None else shown("ses", command.session),
        },
    )
