"""Beginning a simulated action: who may be simulated, and the operation that tells what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs

from emobility_core.clocks import NotATestTenant
from emobility_core.ids import Ids, OperationId, StationId
from emobility_core.instants import Clocks
from emobility_core.network import Station
from emobility_core.operations import Operation
from emobility_core.simulations._action import NoTestClock, SimulatedAction, SimulatedPlace
from emobility_core.tenancy import Tenant, TenantKind
from emobility_core.work import Records

KIND = "simulate"


class SimulationWork(Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def tenants(self) -> Records[Tenant]: ...
    @property
    def operations(self) -> Records[Operation]: ...


@attrs.frozen(kw_only=True)
class Simulation:
    """An action that is to be done at a place, and its operation."""

    place: SimulatedPlace
    action: SimulatedAction
    operation: Operation


async def begin_simulation(
    id: StationId,
    action: SimulatedAction,
    *,
    has_clock: Callable[[str], bool],
    clocks: Clocks,
    work: SimulationWork,
    ids: Ids,
) -> Simulation:
    """Store the operation of an action at a station; `has_clock` tells whether a place of the tree lives by
    a test clock.

    Raises `UnknownStation`, `NotATestTenant`, `NoTestClock`.
    """
    station = await work.stations.get(id)
    tenant = await work.tenants.get(station.tenant)
    if tenant.kind is not TenantKind.TEST:
        raise NotATestTenant(tenant.id)
    if not has_clock(tenant.path):
        raise NoTestClock(id)
    at = clocks.of(tenant.path).now()
    operation = Operation(
        id=OperationId(ids.uuid7(at)), tenant=station.tenant, created_at=at, updated_at=at, kind=KIND
    )
    await work.operations.add(operation)
    place = SimulatedPlace(station=id, identity=station.identity, path=tenant.path)
    return Simulation(place=place, action=action, operation=operation)
