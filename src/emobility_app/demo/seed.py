"""Stores the demonstration's master data through the core's own units of work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import attrs

from emobility_app.demo.town import COMPANIES, CompanyPlan, CustomerPlan, SitePlan
from emobility_core.customers import Contract, Customer, IdTag, Token, UserGroup
from emobility_core.ids import (
    ContractId,
    CustomerId,
    Ids,
    SiteId,
    StationGroupId,
    StationId,
    TariffAssignmentId,
    TariffId,
    TenantId,
    TokenId,
    UserGroupId,
)
from emobility_core.instants import Clock
from emobility_core.network import Site, Station, StationGroup, StationIdentity
from emobility_core.tariffs import Tariff, TariffAssignment, publish_tariff
from emobility_core.tenancy import Tenant, child_path, scope_of
from emobility_core.work import Scope, Transactions

ACTOR = "demo"


class Store(Protocol):
    """What the seed needs."""

    @property
    def transactions(self) -> Transactions[Any]: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def ids(self) -> Ids: ...


async def seed(store: Store, root: Tenant) -> None:
    """Store both companies with everything that is theirs, below `root`."""
    for plan in COMPANIES:
        await _Company(store, root, plan).store_all()


@attrs.define
class _Company:
    """Stores one company."""

    store: Store
    root: Tenant
    plan: CompanyPlan
    station_groups: dict[str, StationGroupId] = attrs.field(factory=dict)
    user_groups: dict[str, UserGroupId] = attrs.field(factory=dict)
    tenant: Tenant = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        id = TenantId(self._id())
        now, parent = self.store.clock.now(), TenantId(self.root.id)
        self.tenant = Tenant(
            id=id,
            tenant=id,
            created_at=now,
            updated_at=now,
            name=self.plan.name,
            parent=parent,
            path=child_path(self.root, id),
        )

    async def store_all(self) -> None:
        scope = scope_of(self.root, ACTOR)
        async with self.store.transactions(scope) as work:
            await work.tenants.add(self.tenant)
        async with self.store.transactions(self._scope()) as work:
            await self._groups(work)
            for site in self.plan.sites:
                await self._site(work, site)
            for customer in self.plan.customers:
                await self._customer(work, customer)
        await self._tariffs()

    async def _groups(self, work: Any) -> None:
        for name in self.plan.station_groups:
            group = self.station_groups[name] = StationGroupId(self._id())
            await work.station_groups.add(StationGroup(**self._record(group), name=name))
        for name in self.plan.user_groups:
            users = self.user_groups[name] = UserGroupId(self._id())
            await work.user_groups.add(UserGroup(**self._record(users), name=name))

    async def _site(self, work: Any, plan: SitePlan) -> None:
        site = SiteId(self._id())
        await work.sites.add(Site(**self._record(site), name=plan.name, address=plan.address))
        for one in plan.stations:
            await work.stations.add(
                Station(
                    **self._record(StationId(self._id())),
                    identity=StationIdentity(one.identity),
                    name=one.name,
                    site=site,
                    power_class=one.power_class,
                    station_groups=(self.station_groups[one.group],),
                )
            )

    async def _customer(self, work: Any, plan: CustomerPlan) -> None:
        customer, contract = CustomerId(self._id()), ContractId(self._id())
        group = self.user_groups.get(plan.user_group)
        groups = () if group is None else (group,)
        await work.customers.add(
            Customer(**self._record(customer), name=plan.name, kind=plan.kind, user_groups=groups)
        )
        await work.contracts.add(
            Contract(**self._record(contract), number=plan.contract, customer=customer, user_group=group)
        )
        for tag in plan.id_tags:
            card = self._record(TokenId(self._id()))
            await work.tokens.add(Token(**card, id_tag=IdTag(tag), customer=customer, contract=contract))

    async def _tariffs(self) -> None:
        store = self.store
        for plan in self.plan.tariffs:
            tariff = Tariff(**self._record(TariffId(self._id())), name=plan.name, prices=plan.prices)
            await publish_tariff(
                tariff, scope=self._scope(), transactions=store.transactions, clock=store.clock, ids=store.ids
            )
            assignment = TariffAssignment(
                **self._record(TariffAssignmentId(self._id())),
                tariff=TariffId(tariff.id),
                station_group=_named(self.station_groups, plan.station_group),
                user_group=_named(self.user_groups, plan.user_group),
            )
            async with store.transactions(self._scope()) as work:
                await work.tariff_assignments.add(assignment)

    def _scope(self) -> Scope:
        return scope_of(self.tenant, ACTOR)

    def _id(self) -> UUID:
        return self.store.ids.uuid7(self.store.clock.now())

    def _record(self, id: UUID) -> dict[str, Any]:
        now = self.store.clock.now()
        return {"id": id, "tenant": self.tenant.id, "created_at": now, "updated_at": now}


def _named(groups: Mapping[str, Any], name: str | None) -> Any:
    return None if name is None else groups[name]
