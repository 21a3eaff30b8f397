"""The part one station plays in a scenario."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs

from emobility_adapters.ocpp.simulation.plan import FleetPlan
from emobility_adapters.ocpp.simulation.rendezvous import Rendezvous
from emobility_adapters.ocpp.simulation.results import StationResult
from emobility_adapters.ocpp.simulation.station import SimulatedStation
from emobility_adapters.ocpp.simulation.transaction import Transaction
from emobility_adapters.ocpp.simulation.visit import Visit


@attrs.frozen
class Part:
    """A station with its `number` (from 1), the plan, and the others of the fleet.

    `transactions` and `problems` gather what the result tells, whatever happens on the way.
    """

    station: SimulatedStation
    plan: FleetPlan
    number: int = 1
    others: Rendezvous = attrs.field(factory=lambda: Rendezvous(1))
    transactions: list[Transaction] = attrs.field(factory=list)
    problems: list[str] = attrs.field(factory=list)

    def visit(self, session: int) -> Visit:
        """The planned visit of this station's session number `session`, from 0."""
        return Visit(
            self.plan.id_tag(self.number - 1, session),
            vehicle=self.station.next_vehicle(),
            duration_s=self.plan.session_s,
            meter_values=self.plan.meter_values,
        )

    async def charge(self, session: int) -> None:
        """Play that visit; a refused tag is a problem."""
        visit = self.visit(session)
        transaction = await self.station.charge(visit)
        if transaction is None:
            self.problems.append(f"Tag {visit.id_tag} was refused at Authorize.")
        else:
            self.transactions.append(transaction)

    def result(self) -> StationResult:
        return StationResult.of(self.station, self.transactions, self.problems)


Scenario: TypeAlias = Callable[[Part], Awaitable[StationResult]]
