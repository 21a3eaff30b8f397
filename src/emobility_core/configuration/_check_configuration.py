"""Checking the configuration of stations: asked for or due, followed answer by answer, told of at its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from emobility_core.commands import (
    ChangeConfiguration,
    Command,
    CommandStatus,
    CommandWork,
    GetConfiguration,
    queue_command,
)
from emobility_core.configuration._check import advance, begin, due_at, hear, is_due, is_under_way
from emobility_core.configuration._configuration import (
    CheckUnderWay,
    ConfigurationStatus,
    StationConfiguration,
    read_answer,
)
from emobility_core.configuration._template import (
    ConfigurationTemplate,
    ExpectedKey,
    expected_of,
    fingerprint,
)
from emobility_core.ids import (
    CommandId,
    EventId,
    Ids,
    OperationId,
    StationConfigurationId,
    StationId,
    TenantId,
    shown,
)
from emobility_core.instants import Clock, Instant
from emobility_core.network import BootReport, Station, StationState, StationStates
from emobility_core.operations import Operation, operation_completed
from emobility_core.work import AlreadyTaken, Event, Records, Scope, StaleWrite, Transactions


class StationConfigurations(Records[StationConfiguration], Protocol):
    """What is known of stations' configurations, unique by station."""

    async def find(self, station: StationId) -> StationConfiguration | None: ...

    async def of(self, *stations: StationId) -> list[StationConfiguration]: ...

    async def online_after(
        self, station: StationId | None, *, limit: int
    ) -> list[tuple[StationState, StationConfiguration | None]]:
        """The stations that are online behind this one in the order of their ids, from the first for None."""
        ...


class ConfigurationTemplates(Records[ConfigurationTemplate], Protocol):
    """Templates per maker and model."""

    async def along(self, path: str) -> list[ConfigurationTemplate]:
        """Those of the tenants from the root down to the one at `path`, the older first of each."""
        ...


class ConfigurationWork(CommandWork, Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def station_states(self) -> StationStates: ...
    @property
    def station_configurations(self) -> StationConfigurations: ...
    @property
    def configuration_templates(self) -> ConfigurationTemplates: ...


async def begin_check(
    work: ConfigurationWork, station: Station, *, path: str, clock: Clock, ids: Ids, asked: bool
) -> StationConfiguration:
    """Begin to check a station's configuration; `path` is its tenant's, `asked` that somebody wants to know.

    Then an operation tells how it goes on. Raises `CheckUnderWay`.
    """
    now = clock.now()
    known = await work.station_configurations.find(station.id)
    if known is not None and is_under_way(known, at=now):
        raise CheckUnderWay(station.id)
    if known is not None and known.check is not None and known.check.operation is not None:
        lost = await work.operations.get(known.check.operation)
        await _completed(lost.fail("check-lost", at=now), work=work, at=now, ids=ids)
    state = await work.station_states.find(station.id)
    boot, expected = await _expected(work, state, path)
    operation = None if not asked else await _operation(work, station, now, ids)
    begun, order = begin(
        known or _unread(station, now, ids),
        expectation=fingerprint(expected, boot),
        boots=0 if state is None else state.boots,
        at=now,
        operation=operation,
    )
    command = await queue_command(work, order, station=station, at=now, ids=ids)
    waiting = _waiting_for(begun, command)
    if known is None:
        await work.station_configurations.add(waiting)
        return waiting
    return await work.station_configurations.replace(waiting)


async def follow_check(
    command_id: CommandId, *, path: str, work: ConfigurationWork, clock: Clock, ids: Ids
) -> None:
    """Take what came of a request about configuration, whoever made it, and make the next one of a check."""
    now = clock.now()
    command = await work.commands.get(command_id)
    known = await work.station_configurations.find(command.station)
    state = await work.station_states.find(command.station)
    _, expected = await _expected(work, state, path)
    if known is None or known.check is None or known.check.command != command.id:
        await _note(known, command, expected, state, work=work, at=now, ids=ids)
        return
    heard, order = advance(hear(known, command, expected, at=now), expected, at=now)
    if order is not None:
        station = await work.stations.get(command.station)
        following = await queue_command(work, order, station=station, at=now, ids=ids)
        await work.station_configurations.replace(_waiting_for(heard, following))
        return
    stored = await work.station_configurations.replace(heard)
    await _tell(known, stored, known.check.before, work=work, at=now, ids=ids)
    if known.check.operation is not None:
        await _end(known.check.operation, stored, work=work, at=now, ids=ids)


async def check_due(
    after: StationId | None,
    *,
    limit: int,
    most: int,
    everything: Scope,
    reading: Callable[[Scope], AbstractAsyncContextManager[ConfigurationWork]],
    transactions: Transactions[ConfigurationWork],
    path_of: Callable[[TenantId], Awaitable[str]],
    clock: Clock,
    ids: Ids,
) -> StationId | None:
    """Look at up to `limit` stations behind `after` and begin up to `most` checks that are due.

    Returns the last station that was looked at, None at the end of the round.
    """
    async with reading(everything) as work:
        online = await work.station_configurations.online_after(after, limit=limit)
    expectations = _Expectations(reading, path_of)
    begun = 0
    for state, configuration in online:
        if not is_due(configuration, state, await expectations.of(state), at=clock.now()):
            continue
        scope = await expectations.scope_of(state.tenant)
        try:
            async with transactions(scope) as work:
                station = await work.stations.get(state.station)
                await begin_check(work, station, path=scope.path, clock=clock, ids=ids, asked=False)
        except (CheckUnderWay, StaleWrite, AlreadyTaken):
            continue  # somebody has asked for one just now
        begun += 1
        if begun >= most:
            return state.station
    return online[-1][0].station if len(online) == limit else None


async def next_check(
    *,
    scope: Scope,
    limit: int,
    reading: Callable[[Scope], AbstractAsyncContextManager[ConfigurationWork]],
    path_of: Callable[[TenantId], Awaitable[str]],
    until: Instant,
) -> Instant | None:
    """When, up to `until`, the first check of a station that is online is due; `limit` are read at once."""
    expectations, after, coming = _Expectations(reading, path_of), None, list[Instant]()
    while True:
        async with reading(scope) as work:
            online = await work.station_configurations.online_after(after, limit=limit)
        for state, configuration in online:
            due = due_at(configuration, state, await expectations.of(state))
            if due is not None and due <= until:
                coming.append(due)
        if len(online) < limit:
            return min(coming, default=None)
        after = online[-1][0].station


@attrs.define
class _Expectations:
    """What stations are expected to be set to, each tenant's templates looked up once."""

    reading: Callable[[Scope], AbstractAsyncContextManager[ConfigurationWork]]
    path_of: Callable[[TenantId], Awaitable[str]]
    _templates: dict[TenantId, list[ConfigurationTemplate]] = attrs.field(factory=dict, init=False)

    async def scope_of(self, tenant: TenantId) -> Scope:
        return Scope.system(tenant, await self.path_of(tenant), "check-configurations")

    async def of(self, state: StationState) -> str:
        """The fingerprint of what a station is expected to be set to."""
        if state.tenant not in self._templates:
            scope = await self.scope_of(state.tenant)
            async with self.reading(scope) as work:
                self._templates[state.tenant] = await work.configuration_templates.along(scope.path)
        boot = state.boot or BootReport()
        return fingerprint(expected_of(self._templates[state.tenant], boot), boot)


async def _expected(
    work: ConfigurationWork, state: StationState | None, path: str
) -> tuple[BootReport, tuple[ExpectedKey, ...]]:
    boot = BootReport() if state is None or state.boot is None else state.boot
    return boot, expected_of(await work.configuration_templates.along(path), boot)


def _unread(station: Station, at: Instant, ids: Ids) -> StationConfiguration:
    return StationConfiguration(
        id=StationConfigurationId(ids.uuid7(at)),
        tenant=station.tenant,
        created_at=at,
        updated_at=at,
        station=station.id,
    )


def _waiting_for(configuration: StationConfiguration, command: Command) -> StationConfiguration:
    assert configuration.check is not None
    return attrs.evolve(configuration, check=attrs.evolve(configuration.check, command=command.id))


async def _operation(work: ConfigurationWork, station: Station, at: Instant, ids: Ids) -> OperationId:
    id = OperationId(ids.uuid7(at))
    await work.operations.add(
        Operation(
            id=id,
            tenant=station.tenant,
            created_at=at,
            updated_at=at,
            kind="configuration.check",
            result={"station": shown("sta", station.id)},
        )
    )
    return id


async def _end(
    operation: OperationId,
    configuration: StationConfiguration,
    *,
    work: ConfigurationWork,
    at: Instant,
    ids: Ids,
) -> None:
    before = await work.operations.get(operation)
    if configuration.status is ConfigurationStatus.UNVERIFIED:
        failed = before.fail(f"command-{configuration.detail}", at=at)
        return await _completed(failed, work=work, at=at, ids=ids)
    result = {
        "station": shown("sta", configuration.station),
        "station_configuration": shown("scf", configuration.id),
        "status": configuration.status.value,
    }
    return await _completed(before.succeed(result, at=at), work=work, at=at, ids=ids)


async def _completed(ended: Operation, *, work: ConfigurationWork, at: Instant, ids: Ids) -> None:
    work.outbox.publish(operation_completed(await work.operations.replace(ended), at=at, ids=ids))


async def _note(
    known: StationConfiguration | None,
    command: Command,
    expected: Sequence[ExpectedKey],
    state: StationState | None,
    *,
    work: ConfigurationWork,
    at: Instant,
    ids: Ids,
) -> None:
    """Keep what a request tells that belongs to no check."""
    order, status = command.order, command.status
    if isinstance(order, GetConfiguration) and status is CommandStatus.EFFECTIVE:
        station = await work.stations.get(command.station)
        values, unknown = read_answer(command.answer or {}, at)
        before = known or _unread(station, at, ids)
        noted = before.take(values, unknown, whole=not order.keys and bool(values), at=at)
    elif isinstance(order, ChangeConfiguration) and known is not None and status is CommandStatus.EFFECTIVE:
        noted = known.changed_to(order.key, order.value, at=at)
    elif isinstance(order, ChangeConfiguration) and known is not None and status is CommandStatus.ACCEPTED:
        waits = (*known.awaiting_reboot, order.key)
        boots = known.boots if state is None else state.boots
        noted = attrs.evolve(known, awaiting_reboot=waits, boots=boots, updated_at=at)
    else:
        return
    if known is None:
        await work.station_configurations.add(noted)
        return
    if known.status not in (ConfigurationStatus.UNVERIFIED, ConfigurationStatus.VERIFYING):
        noted = attrs.evolve(noted.judged(expected, at=at), verified_at=known.verified_at)
    stored = await work.station_configurations.replace(noted)
    await _tell(known, stored, known.status, work=work, at=at, ids=ids)


_TOLD = {
    ConfigurationStatus.VERIFIED: "station.configuration_verified",
    ConfigurationStatus.DRIFTED: "station.configuration_drifted",
    ConfigurationStatus.REBOOT_REQUIRED: "station.reboot_required",
    ConfigurationStatus.UNVERIFIED: "station.configuration_unverified",
}


async def _tell(
    known: StationConfiguration,
    now: StationConfiguration,
    before: ConfigurationStatus,
    *,
    work: ConfigurationWork,
    at: Instant,
    ids: Ids,
) -> None:
    """Publish what is new: another status, or other keys that deviate."""
    kind = _TOLD.get(now.status)
    if kind is None or (now.status is before and _keys(now) == _keys(known)):
        return
    data: Mapping[str, object] = {
        "station": shown("sta", now.station),
        "station_configuration": shown("scf", now.id),
        "keys": _keys(now),
        "billing": any(one.billing for one in now.deviations),
        "detail": now.detail,
    }
    subject = shown("sta", now.station)
    work.outbox.publish(
        Event(id=EventId(ids.uuid7(at)), tenant=now.tenant, type=kind, subject=subject, at=at, data=data)
    )


def _keys(configuration: StationConfiguration) -> list[str]:
    deviating = [one.key for one in configuration.deviations]
    return [*deviating, *configuration.awaiting_reboot]
