"""Remote starts and stops: refused at once or asked of the station, and followed to their session."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.charging._authorization import AuthorizationStatus
from emobility_core.charging._ports import ChargingSessions, Reservations
from emobility_core.charging._reservation import CLOCKS_DIFFER_BY, ConnectorReserved, is_kept_from
from emobility_core.charging._session import ActiveSession, Session
from emobility_core.charging._stalled import FREE
from emobility_core.charging._tools import ChargingTools, present_tag
from emobility_core.commands import (
    Command,
    Commands,
    CommandStatus,
    RemoteStart,
    RemoteStop,
    queue_command,
    settle,
)
from emobility_core.customers import IdTag
from emobility_core.errors import Conflict, Denied
from emobility_core.ids import GrantId, Ids, SessionId, StationId
from emobility_core.instants import Clock
from emobility_core.network import Connectors, Station
from emobility_core.operations import Operation
from emobility_core.work import Outbox, Records, Scope, Transactions


@attrs.frozen
class ConnectorOccupied(Conflict):
    """A session runs on the connector.

    Remedy: wait for its end or stop it, or choose another connector.
    """

    code = "connector-occupied"
    station: StationId
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
    def reservations(self) -> Reservations: ...
    @property
    def commands(self) -> Commands: ...
    @property
    def connectors(self) -> Connectors: ...
    @property
    def operations(self) -> Records[Operation]: ...
    @property
    def outbox(self) -> Outbox: ...


async def request_start(
    order: RemoteStart,
    station: StationId,
    *,
    scope: Scope,
    transactions: Transactions[RemoteWork],
    tools: ChargingTools,
    clock: Clock,
) -> Command:
    """Queue a remote start.

    Raises `UnknownStation`, `TokenRefused`, `ConnectorOccupied` where the connector has a session, and
    `ConnectorReserved` where it is kept for another tag and group.
    """
    async with transactions(scope) as work:
        return await start_within(work, order, station, scope=scope, tools=tools, clock=clock)


async def start_within(
    work: RemoteWork,
    order: RemoteStart,
    station: StationId,
    *,
    scope: Scope,
    tools: ChargingTools,
    clock: Clock,
) -> Command:
    """`request_start` as part of a unit of work that does more."""
    now = clock.now()
    known = await work.stations.get(station)
    at_station = attrs.evolve(scope, tenant=known.tenant)
    tag = IdTag(order.id_tag)
    tag.require_storable()
    grant = await present_tag(tag, station=station, scope=at_station, tools=tools, at=now)
    if grant.status is not AuthorizationStatus.ACCEPTED:
        raise TokenRefused(order.id_tag, grant.status.value)
    for running in await work.sessions.active_on(station):
        if running.connector == order.connector and not await _is_stale(running, work):
            raise ConnectorOccupied(station, running.connector)
    if order.connector is not None:
        reservations = await work.reservations.open_at(station)
        if is_kept_from(tag, grant.parent, reservations, order.connector, at=now):
            raise ConnectorReserved(station, order.connector)
    return await queue_command(work, order, station=known, at=now, ids=tools.ids, grant=scope.grant)


async def _is_stale(session: ActiveSession, work: RemoteWork) -> bool:
    """Whether the station has since called the connector free: its stop is lost or still to come."""
    connector = await work.connectors.find(session.station, session.connector)
    return (
        connector is not None
        and connector.received_at > session.started_received
        and connector.status in FREE
    )


async def request_stop(
    session_id: SessionId, *, scope: Scope, transactions: Transactions[RemoteWork], clock: Clock, ids: Ids
) -> Command:
    """Queue a remote stop. Raises `UnknownSession`, and `SessionOver` for one that has ended."""
    async with transactions(scope) as work:
        return await stop_within(work, session_id, clock=clock, ids=ids)


async def stop_within(
    work: RemoteWork, session_id: SessionId, *, clock: Clock, ids: Ids, grant: GrantId | None = None
) -> Command:
    """`request_stop` as part of a unit of work that does more."""
    session = await work.sessions.get(session_id)
    if not isinstance(session, ActiveSession):
        raise SessionOver(session_id)
    order = RemoteStop(session=session.id, transaction_id=session.transaction_id)
    station = await work.stations.get(session.station)
    return await queue_command(
        work, order, station=station, session=session.id, at=clock.now(), ids=ids, grant=grant
    )


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
    order = command.order
    if not started:
        return isinstance(order, RemoteStop) and order.session == session.id
    return (
        isinstance(order, RemoteStart)
        and order.connector in (None, session.connector)
        and IdTag(order.id_tag) == session.id_tag
        and session.started_received >= command.created_at
        # An older start may be replayed meanwhile.
        and session.started_at >= command.created_at - CLOCKS_DIFFER_BY
    )
