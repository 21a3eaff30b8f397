"""Commands on their way: queued with what asked for them, sent after commit, settled by what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.commands._command import Command, CommandStatus, StationAnswer
from emobility_core.commands._effect import Step
from emobility_core.commands._order import EFFECT_WITHIN, TriggeredMessage, TriggerMessage
from emobility_core.commands._orders import Order
from emobility_core.commands._ports import Commands, StationLine
from emobility_core.commands._security_order import UpgradeWork, require_no_key, require_sound_change
from emobility_core.commands._transfer_order import SignedUpdateFirmware, UpdateFirmware
from emobility_core.errors import Conflict, Denied
from emobility_core.ids import CommandId, EventId, Ids, OperationId, SessionId, StationId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.network import Station, StationStates
from emobility_core.operations import Operation
from emobility_core.work import Event, Outbox, Records, Scope, StaleWrite, Transactions

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
    work: StationWork, order: Order, *, station: StationId, clock: Clock, ids: Ids
) -> Command:
    """Queue what somebody asks of a station.

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
    return await queue_command(work, order, station=known, at=clock.now(), ids=ids)


async def queue_command(
    work: CommandWork,
    order: Order,
    *,
    station: Station,
    at: Instant,
    ids: Ids,
    session: SessionId | None = None,
    deadline: Instant | None = None,
) -> Command:
    """Queue an order in a unit of work that may do more; it is sent once that has committed.

    It is given up if it was not sent by `deadline`, five minutes from now unless told otherwise.
    """
    require_no_key(order, station)
    command = Command(
        id=CommandId(ids.uuid7(at)),
        tenant=station.tenant,
        created_at=at,
        updated_at=at,
        station=station.id,
        order=order,
        operation=OperationId(ids.uuid7(at)),
        session=session,
        deadline=deadline or Instant(at + EFFECT_WITHIN),
    )
    await work.commands.add(command)
    await work.operations.add(
        Operation(
            id=command.operation,
            tenant=command.tenant,
            created_at=at,
            updated_at=at,
            kind=f"command.{command.kind.value}",
            result={"command": shown("cmd", command.id)},
        )
    )
    work.outbox.publish(command_event("command.queued", command, ids))
    return command


async def send_command(
    command_id: CommandId,
    *,
    scope: Scope,
    transactions: Transactions[CommandWork],
    line: StationLine,
    clock: Clock,
    ids: Ids,
) -> StationAnswer | None:
    """Send a queued command, outside any transaction, and return the answer for `record_answer`.

    None where nothing was sent: it was before, or its deadline has passed and it is timed out.
    """
    async with transactions(scope) as work:
        command = await work.commands.get(command_id)
        if command.status is not CommandStatus.QUEUED:
            return None
        now = clock.now()
        if now > command.deadline:
            # The server was away: nobody stands at the connector any more.
            await settle(command.become(CommandStatus.TIMEOUT, at=now), work, ids)
            return None
        command = await work.commands.replace(command.become(CommandStatus.SENT, at=now))
    return await line.send(command)


async def record_answer(
    command_id: CommandId,
    answer: StationAnswer,
    *,
    scope: Scope,
    transactions: Transactions[CommandWork],
    clock: Clock,
    ids: Ids,
) -> None:
    """Record what a station answered, unless the command is over meanwhile."""
    async with transactions(scope) as work:
        command = await work.commands.get(command_id)
        if command.status is CommandStatus.SENT:
            stored = await settle(command.answered(answer, at=clock.now()), work, ids)
            if stored.status is CommandStatus.ACCEPTED:
                work.outbox.publish(command_event("command.accepted", stored, ids))


async def settle(command: Command, work: CommandWork, ids: Ids) -> Command:
    """Store a command's new status; once it is final its operation ends too and others hear of it."""
    stored = await work.commands.replace(command)
    if not stored.status.is_final:
        return stored
    at = stored.updated_at
    operation = await work.operations.get(stored.operation)
    if stored.status is CommandStatus.EFFECTIVE:
        result = {"command": shown("cmd", stored.id)}
        if stored.session is not None:
            result["session"] = shown("ses", stored.session)
        await work.operations.replace(operation.succeed(result, at=at))
        work.outbox.publish(command_event("command.completed", stored, ids))
    else:
        await work.operations.replace(operation.fail(f"command-{stored.status.value}", at=at))
        work.outbox.publish(command_event("command.failed", stored, ids))
    return stored


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
        overdue = await work.commands.overdue(now, limit=EXPIRED_AT_ONCE)
    for one in overdue:
        try:
            async with transactions(scope) as work:
                command = await work.commands.get(one.id)
                if command.status.is_final or command.deadline >= now:
                    continue
                await settle(command.become(CommandStatus.TIMEOUT, at=now), work, ids)
        except StaleWrite:
            continue
        expired += 1
    return expired


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
