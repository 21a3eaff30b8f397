"""Whom a tariff is for, and where: one place and one kind of person, each as precise as is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import attrs

from emobility_core.customers import Contract, Customer, Token, user_groups_at
from emobility_core.errors import Invalid, NotFound
from emobility_core.ids import (
    ContractId,
    CustomerId,
    SiteId,
    StationGroupId,
    StationId,
    TariffAssignmentId,
    TariffId,
    TenantId,
    TokenId,
    UserGroupId,
)
from emobility_core.instants import Instant, Period
from emobility_core.network import PowerClass, Station
from emobility_core.work import Record


@attrs.frozen
class UnknownTariffAssignment(NotFound):
    """There is no such tariff assignment within the caller's scope.

    Remedy: list the tariff assignments and use one of their ids.
    """

    code = "unknown-tariff-assignment"
    tariff_assignment: UUID


@attrs.frozen
class AssignmentAmbiguous(Invalid):
    """A tariff assignment names two places, or two kinds of persons.

    Remedy: name one of `station`, `station_group` and `site`, and one of `token`, `contract`, `customer`,
    `user_group` and `ad_hoc`; make another assignment for the other.
    """

    code = "assignment-ambiguous"
    field: str
    other: str


# From the most precise on: an assignment for a token beats one for the contract of it, and so on.
PERSONS = ("token", "contract", "customer", "user_group", "ad_hoc")
PLACES = ("station", "station_group", "site")
# What stands for everybody and everywhere.
_ANY = None
_AD_HOC = "ad hoc"
Key = tuple[UUID | str | None, UUID | None, PowerClass | None]
Rank = tuple[int, int, int]


@attrs.frozen(kw_only=True)
class TariffAssignment(Record):
    """A tariff for a place, a power class, a person, or (where none is named) for all of the tenant.

    `ad_hoc` is whoever pays directly, without a contract. It counts within `validity`.
    """

    id: TariffAssignmentId
    tariff: TariffId
    station: StationId | None = None
    station_group: StationGroupId | None = None
    site: SiteId | None = None
    power_class: PowerClass | None = None
    token: TokenId | None = None
    contract: ContractId | None = None
    customer: CustomerId | None = None
    user_group: UserGroupId | None = None
    ad_hoc: bool = False
    validity: Period = attrs.field(factory=Period)

    def __attrs_post_init__(self) -> None:
        for names in (PERSONS, PLACES):
            named = [name for name in names if getattr(self, name)]
            if len(named) > 1:
                raise AssignmentAmbiguous(named[1], named[0])

    @property
    def person(self) -> UUID | str | None:
        """Whom it is for; None for everybody."""
        return _AD_HOC if self.ad_hoc else next(filter(None, map(self.__getattribute__, PERSONS)), _ANY)

    @property
    def is_personal(self) -> bool:
        """Whether it says what somebody in particular pays."""
        return (self.token or self.contract or self.customer) is not None

    @property
    def place(self) -> UUID | None:
        """Where it is for; None for everywhere."""
        return next(filter(None, map(self.__getattribute__, PLACES)), _ANY)

    @property
    def key(self) -> Key:
        """What two assignments of a tenant may not share at one time without one of them never counting."""
        return self.person, self.place, self.power_class

    @property
    def rank(self) -> Rank:
        """Sorts by what is preferred within a tenant: what was agreed with a person beats what a place costs,
        and of either the more precise; then the power class."""
        return _rung(self, PERSONS), _rung(self, PLACES), int(self.power_class is None)


def _rung(one: TariffAssignment, names: Sequence[str]) -> int:
    return next((rung for rung, name in enumerate(names) if getattr(one, name)), len(names))


@attrs.frozen(kw_only=True)
class Situation:
    """Where, when and by whom is charged. `tenants` holds the station's tenant first, then those above it;
    without a token and a contract whoever charges pays directly, which is `ad_hoc`."""

    tenants: Sequence[TenantId]
    at: Instant
    station: StationId | None = None
    station_groups: Sequence[StationGroupId] = ()
    site: SiteId | None = None
    power_class: PowerClass | None = None
    token: TokenId | None = None
    contract: ContractId | None = None
    customer: CustomerId | None = None
    user_groups: Sequence[UserGroupId] = ()
    ad_hoc: bool = False

    @classmethod
    def of(
        cls,
        station: Station,
        token: Token | None,
        *,
        tenants: Sequence[TenantId],
        customer: Customer | None,
        contract: Contract | None,
        at: Instant,
    ) -> Situation:
        """A charge with this token, of this customer and contract, at this station."""
        return cls(
            tenants=tenants,
            at=at,
            station=station.id,
            station_groups=station.station_groups,
            site=station.site,
            power_class=station.power_class,
            token=None if token is None else token.id,
            contract=contract.id if contract is not None and at in contract.validity else None,
            customer=None if token is None else token.customer,
            user_groups=user_groups_at(customer, contract, at),
            ad_hoc=token is None,
        )

    def persons(self) -> Iterator[Sequence[UUID | str | None]]:
        """Who that is, the most precise first; groups are of one precision."""
        yield (self.token,) if self.token else ()
        yield (self.contract,) if self.contract else ()
        yield (self.customer,) if self.customer else ()
        yield self.user_groups
        yield (_AD_HOC,) if self.ad_hoc else ()
        yield (_ANY,)

    def places(self) -> Iterator[Sequence[UUID | None]]:
        """Where that is, the most precise first."""
        yield (self.station,) if self.station else ()
        yield self.station_groups
        yield (self.site,) if self.site else ()
        yield (_ANY,)

    def ranks(self) -> Iterator[tuple[Key, ...]]:
        """The keys of assignments that fit, the preferred first; those of one rank together."""
        classes = (self.power_class, None) if self.power_class else (None,)
        places = [place for place in self.places() if place]
        for person in filter(None, self.persons()):
            for place in places:
                for strong in classes:
                    yield tuple((one, there, strong) for one in person for there in place)
