"""Simulated actions over HTTP: what drivers and mishaps would do at a test tenant's station."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs

from emobility_app.http.endpoint import Answer, Call, Endpoint
from emobility_app.http.idempotency import KEY, Idempotency
from emobility_app.http.operations import OPERATION, followed, operation_view
from emobility_app.http.schemas import DECIMAL, INSTANT, TEXT, id_schema, optional
from emobility_app.wire import Flaw, MalformedBody, read, told
from emobility_core.customers import IdTag
from emobility_core.energy import Energy, NotAnEnergy
from emobility_core.ids import StationId, shown
from emobility_core.instants import Instant
from emobility_core.simulations import SimulatedAct, SimulatedAction, Simulation, begin_simulation

_NEEDS_TAG = frozenset({SimulatedAct.PRESENT_TAG})
_NEEDS_ENERGY = frozenset({SimulatedAct.METER})
_MOST_ENERGY = Energy.wh(1_000_000)


@attrs.frozen(kw_only=True)
class Asked:
    """What is to be done at a station, at once or when its time comes to `at`."""

    station: StationId
    action: SimulatedAct
    connector: int = 1
    at: Instant | None = None
    id_tag: IdTag | None = None
    energy_kwh: Decimal | None = None
    error: str = "OtherError"

    def checked(self) -> SimulatedAction:
        """Raise `MalformedBody` for what does not make an action."""
        flaws = []
        if not 1 <= self.connector <= 2:
            flaws.append(Flaw("/connector", "out-of-range", "a simulated station has connectors 1 and 2"))
        if self.action in _NEEDS_TAG and self.id_tag is None:
            flaws.append(Flaw("/id_tag", "missing-field", "is needed to present a tag"))
        if self.action in _NEEDS_ENERGY and self.energy_kwh is None:
            flaws.append(Flaw("/energy_kwh", "missing-field", "is needed for the meter to count"))
        energy = None
        try:
            energy = None if self.energy_kwh is None else Energy.parse_kwh(self.energy_kwh)
        except NotAnEnergy as error:
            flaws.append(Flaw("/energy_kwh", error.code, told(error)))
        if energy is not None and not 0 < energy.mwh <= _MOST_ENERGY.mwh:
            flaws.append(Flaw("/energy_kwh", "out-of-range", "must lie between 0 and 1000"))
        if self.error not in ERRORS:
            flaws.append(Flaw("/error", "unknown-value", f"must be one of {', '.join(ERRORS)}"))
        if flaws:
            raise MalformedBody(tuple(flaws))
        return SimulatedAction(
            act=self.action,
            connector=self.connector,
            at=self.at,
            id_tag=self.id_tag,
            energy=energy,
            error=self.error,
        )


# OCPP 1.6, 7.6.
ERRORS = (
    "ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError",
    "LocalListConflict", "OtherError", "OverCurrentFailure", "OverVoltage", "PowerMeterFailure",
    "PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage", "WeakSignal",
)  # fmt: skip


async def _simulate(call: Call, work: Any, begun: list[Simulation]) -> Answer:
    services, asked = call.services, read(call.json(), Asked)
    simulation = await begin_simulation(
        asked.station,
        asked.checked(),
        has_clock=services.is_test_time,
        clocks=services.clocks,
        work=work,
        ids=services.ids,
    )
    begun.append(simulation)
    location = {"Location": f"/v1/operations/{shown('op', simulation.operation.id)}"}
    return Answer(content=operation_view(simulation.operation), status=202, headers=location)


_ASKED = {
    "title": "SimulationInput",
    "type": "object",
    "properties": {
        "station": id_schema("sta"),
        "action": {"type": "string", "enum": [act.value for act in SimulatedAct]},
        "connector": {"type": "integer", "minimum": 1, "maximum": 2},
        "at": optional({**INSTANT, "description": "When the tenant's time comes to it, or at once."}),
        "id_tag": optional({**TEXT, "description": "The tag that is presented."}),
        "energy_kwh": optional(
            {**DECIMAL, "description": "What a vehicle takes, or the meter counts at once; 1000 at most."}
        ),
        "error": {"type": "string", "enum": list(ERRORS), "description": "What is broken."},
    },
    "required": ["station", "action"],
    "additionalProperties": False,
}


def endpoints(idempotency: Idempotency) -> list[Endpoint]:
    async def simulate(call: Call) -> Answer:
        begun: list[Simulation] = []
        answer = await idempotency.run(call, lambda work: _simulate(call, work, begun), required=True)
        for simulation in begun:
            call.services.simulate(simulation)
        return answer

    return [
        followed(Endpoint(
            method="POST", path="/v1/simulations", operation="simulations_create",
            summary="Do at a test tenant's station what a driver or a mishap would do",
            scope="test-clocks:write", handle=simulate, takes=_ASKED, gives=OPERATION, status=202,
            headers={"Idempotency-Key": attrs.evolve(KEY, required=True)}, timeless=True,
        )),
    ]  # fmt: skip
