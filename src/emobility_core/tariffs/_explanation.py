"""Which tariff a charge would have, why, and which others lost."""

from __future__ import annotations

from typing import Protocol

import attrs

from emobility_core.customers import Contract, Customer, Token
from emobility_core.ids import StationId, TariffId, TokenId
from emobility_core.instants import Instant
from emobility_core.network import Station
from emobility_core.tariffs._assignment import Situation
from emobility_core.tariffs._ports import TariffAssignments, Tariffs, TariffVersions
from emobility_core.tariffs._resolve import Assigned, Considered, Outcome, explain
from emobility_core.tariffs._tariff import Tariff, TariffVersion, version_at
from emobility_core.tenancy import Tenant
from emobility_core.work import Records


class TariffExplanationWork(Protocol):
    @property
    def tenants(self) -> Records[Tenant]: ...
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def tokens(self) -> Records[Token]: ...
    @property
    def customers(self) -> Records[Customer]: ...
    @property
    def contracts(self) -> Records[Contract]: ...
    @property
    def tariffs(self) -> Tariffs: ...
    @property
    def tariff_assignments(self) -> TariffAssignments: ...
    @property
    def tariff_versions(self) -> TariffVersions: ...


@attrs.frozen(kw_only=True)
class TariffExplanation:
    """What applies in a situation, `version` None for nothing, and all assignments that fit, the preferred
    first; `tariffs` are those that they name."""

    situation: Situation
    version: TariffVersion | None
    considered: tuple[Considered, ...]
    tariffs: dict[TariffId, Tariff]


async def explain_tariff(
    station: StationId, token: TokenId | None, *, at: Instant, work: TariffExplanationWork
) -> TariffExplanation:
    """Explain the tariff of a charge that starts at `at` with a token, or paid directly without one.

    Raises `UnknownStation`, `UnknownToken`, `UnknownCustomer` and `UnknownContract`: all of them decide.
    """
    place = await work.stations.get(station)
    card = None if token is None else await work.tokens.get(token)
    customer = None if card is None or card.customer is None else await work.customers.get(card.customer)
    contract = None if card is None or card.contract is None else await work.contracts.get(card.contract)
    tenant = await work.tenants.get(place.tenant)
    situation = Situation.of(
        place, card, tenants=tenant.line[::-1], customer=customer, contract=contract, at=at
    )
    considered = explain(Assigned.by_tenant(await work.tariff_assignments.along(tenant.path)), situation)
    named = {one.assignment.tariff for one in considered}
    tariffs = {one.id: one for one in await work.tariffs.along(tenant.path) if one.id in named}
    applies = [one.assignment for one in considered if one.outcome is Outcome.APPLIES]
    versions = await work.tariff_versions.of(applies[0].tariff) if applies else []
    return TariffExplanation(
        situation=situation,
        version=version_at(versions, at),
        considered=tuple(considered),
        tariffs=tariffs,
    )
