"""Remote starts and stops: refused at once or asked of the station, and followed to their session."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.charging._authorization import AuthorizationStatus
from emobility_core.charging._ports import ChargingSessions
from emobility_core.charging._session import ActiveSession, Session
from emobility_core.charging._tools import ChargingTools, present_tag
from emobility_core.customers import IdTag
from emobility_core.errors import Conflict, Denied, Invalid
from emobility_core.ids import (
    CommandId,
    EventId,
    Ids,
    OperationId,
    SessionId,
    StationId,
    shown,
)
from emobility_core.instants import Clock, Instant
from emobility_core.network import (
    EFFECT_WITHIN,
    Command,
    CommandKind,
    Commands,
    CommandStatus,
    Connectors,
    Station,
    StationLine,
)
from emobility_core.operations import Operation
from emobility_core.work import Event, Outbox, Records, Scope, Transactions

_CLOCKS_DIFFER_BY = timedelta(minutes=5)
_FREE = frozenset({"Available", "Preparing"})
# OCPP 1.6, 6.35: above 0; what a station's 32-bit integer holds.
_LAST_CONNECTOR = 2**31 - 1


@attrs.frozen
class ConnectorOccupied(Conflict):
    """A session runs on the connector.

    Remedy: wait for its end or stop it, or choose another connector.
    """

    code = "connector-occupied"
    station: StationId
    connector: int


@attrs.frozen
class ConnectorOutOfRange(Invalid):
    """A connector to start on is not a number from 1 to 2147483647.

    Remedy: give the number on the station's plug, or none to let the station choose.
    """

    code = "connector-out-of-range"
    connector: int


@attrs.frozen
class SessionOver(Conflict):
    """The session has ended already.

    Remedy: none is needed; read the session.
    """

    code = "session-over"
    session: UUID


@attrs.frozen
class TokenRefused(Denied):
    """The token may not charge at this station.

    Remedy: unblock or extend the token, or use one of the station's tenant.
    """

    code = "token-refused"
    id_tag: str
    status: str


class RemoteWork(Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def sessions(self) -> ChargingSessions: ...
    @property
    def commands(self) -> Commands: ...
    @property
    def connectors(self) -> Connectors: ...
    @property
    def operations(self) -> Records[Operation]: ...
    @property
    def outbox(self) -> Outbox: ...


@attrs.frozen(kw_only=True)
class RequestStart:
    """Ask a station to start charging for a tag, on one connector or whichever it chooses.

    Raises `MalformedIdTag` and `ConnectorOutOfRange`.
    """

    station: StationId
    id_tag: IdTag
    connector: int | None = None

    def __attrs_post_init__(self) -> None:
        self.id_tag.require_storable()
        if self.connector is not None and not 0 < self.connector <= _LAST_CONNECTOR:
            raise ConnectorOutOfRange(self.connector)


async def request_start(
    request: RequestStart,
    *,
    scope: Scope,
    transactions: Transactions[RemoteWork],
    tools: ChargingTools,
    clock: Clock,
) -> Command:
    """Queue a remote start.

    Raises `UnknownStation`, `TokenRefused`, and `ConnectorOccupied` where the connector has a session.
    """
    async with transactions(scope) as work:
        return await start_within(work, request, scope=scope, tools=tools, clock=clock)


async def start_within(
    work: RemoteWork, request: RequestStart, *, scope: Scope, tools: ChargingTools, clock: Clock
) -> Command:
    """`request_start` as part of a unit of work that does more."""
    now = clock.now()
    station = await work.stations.get(request.station)
    at_station = attrs.evolve(scope, tenant=station.tenant)
    grant = await present_tag(request.id_tag, scope=at_station, tools=tools, at=now)
    if grant.status is not AuthorizationStatus.ACCEPTED:
        raise TokenRefused(request.id_tag.text, grant.status.value)
    for running in await work.sessions.active_on(request.station):
        if running.connector == request.connector and not await _is_stale(running, work):
            raise ConnectorOccupied(request.station, running.connector)
    command = Command(
        id=CommandId(tools.ids.uuid7(now)),
        tenant=station.tenant,
        created_at=now,
        updated_at=now,
        kind=CommandKind.REMOTE_START,
        station=request.station,
        operation=OperationId(tools.ids.uuid7(now)),
        connector=request.connector,
        id_tag=request.id_tag.text,
        deadline=Instant(now + EFFECT_WITHIN),
    )
    return await _queue(command, work, tools.ids)


async def _is_stale(session: ActiveSession, work: RemoteWork) -> bool:
    """Whether the station has since called the connector free: its stop is lost or still to come."""
    connector = await work.connectors.find(session.station, session.connector)
    return (
        connector is not None
        and connector.received_at > session.started_received
        and connector.status in _FREE
    )


async def request_stop(
    session_id: SessionId, *, scope: Scope, transactions: Transactions[RemoteWork], clock: Clock, ids: Ids
) -> Command:
    """Queue a remote stop. Raises `UnknownSession`, and `SessionOver` for one that has ended."""
    async with transactions(scope) as work:
        return await stop_within(work, session_id, clock=clock, ids=ids)


async def stop_within(work: RemoteWork, session_id: SessionId, *, clock: Clock, ids: Ids) -> Command:
    """`request_stop` as part of a unit of work that does more."""
    now = clock.now()
    session = await work.sessions.get(session_id)
    if not isinstance(session, ActiveSession):
        raise SessionOver(session_id)
    command = Command(
        id=CommandId(ids.uuid7(now)),
        tenant=session.tenant,
        created_at=now,
        updated_at=now,
        kind=CommandKind.REMOTE_STOP,
        station=session.station,
        operation=OperationId(ids.uuid7(now)),
        connector=session.connector,
        session=session.id,
        transaction_id=session.transaction_id,
        deadline=Instant(now + EFFECT_WITHIN),
    )
    return await _queue(command, work, ids)


async def _queue(command: Command, work: RemoteWork, ids: Ids) -> Command:
    await work.commands.add(command)
    await work.operations.add(
        Operation(
            id=command.operation,
            tenant=command.tenant,
            created_at=command.created_at,
            updated_at=command.created_at,
            kind=f"command.{command.kind.value}",
            result={"command": shown("cmd", command.id)},
        )
    )
    work.outbox.publish(command_event("command.queued", command, ids))
    return command


@attrs.frozen
class StationAnswer:
    """What came of sending a command, with the station's own words."""

    status: CommandStatus
    words: str | None = None


async def send_command(
    command_id: CommandId,
    *,
    scope: Scope,
    transactions: Transactions[RemoteWork],
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
    return StationAnswer(*await line.send(command))


async def record_answer(
    command_id: CommandId,
    answer: StationAnswer,
    *,
    scope: Scope,
    transactions: Transactions[RemoteWork],
    clock: Clock,
    ids: Ids,
) -> None:
    """Record what a station answered, unless the command is over meanwhile."""
    async with transactions(scope) as work:
        command = await work.commands.get(command_id)
        if not command.status.is_final and command.status is not answer.status:
            await settle(command.become(answer.status, at=clock.now(), detail=answer.words), work, ids)


async def settle(command: Command, work: RemoteWork, ids: Ids) -> Command:
    """Store a command's new status; once it is final its operation ends too and others hear of it."""
    stored = await work.commands.replace(command)
    if not stored.status.is_final:
        return stored
    at = stored.updated_at
    operation = await work.operations.get(stored.operation)
    if stored.status is CommandStatus.EFFECTIVE and stored.session is not None:
        result = {"command": shown("cmd", stored.id), "session": shown("ses", stored.session)}
        await work.operations.replace(operation.succeed(result, at=at))
        work.outbox.publish(command_event("command.completed", stored, ids))
    else:
        await work.operations.replace(operation.fail(f"command-{stored.status.value}", at=at))
        work.outbox.publish(command_event("command.failed", stored, ids))
    return stored


async def settle_effects(
    session_id: SessionId, *, work: RemoteWork, clock: Clock, ids: Ids, started: bool
) -> Command | None:
    """Resolve the command, if any, whose effect a started or ended session is."""
    session = await work.sessions.get(session_id)
    for command in await work.commands.waiting(session.station):
        if _is_effect(command, session, started=started):
            done = command.become(CommandStatus.EFFECTIVE, at=clock.now(), session=session.id)
            return await settle(done, work, ids)
    return None


def _is_effect(command: Command, session: Session, *, started: bool) -> bool:
    if not started:
        return command.kind is CommandKind.REMOTE_STOP and command.session == session.id
    return (
        command.kind is CommandKind.REMOTE_START
        and command.connector in (None, session.connector)
        and IdTag(command.id_tag or "") == session.id_tag
        and session.started_received >= command.created_at
        # An older start may be replayed meanwhile; clocks of stations differ by minutes.
        and session.started_at >= command.created_at - _CLOCKS_DIFFER_BY
    )


async def expire_commands(
    *, scope: Scope, transactions: Transactions[RemoteWork], clock: Clock, ids: Ids
) -> int:
    """Time out the open commands whose deadline has passed; return how many."""
    now = clock.now()
    async with transactions(scope) as work:
        overdue = await work.commands.overdue(now)
        for command in overdue:
            await settle(command.become(CommandStatus.TIMEOUT, at=now), work, ids)
    return len(overdue)


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
