"""What exists in the demonstration: names, prices and who may charge where."""

from __future__ import annotations

from decimal import Decimal

import attrs

from emobility_core.customers import CustomerKind
from emobility_core.network import Address, PowerClass
from emobility_core.tariffs import Prices


@attrs.frozen
class StationPlan:
    """A station to be: `connectors` are names of the simulation's kinds."""

    identity: str
    name: str
    power_class: PowerClass
    group: str
    connectors: tuple[str, ...]


@attrs.frozen
class SitePlan:
    name: str
    address: Address
    stations: tuple[StationPlan, ...]


@attrs.frozen
class CustomerPlan:
    """A customer with a contract and cards."""

    name: str
    kind: CustomerKind
    user_group: str
    contract: str
    id_tags: tuple[str, ...]


@attrs.frozen
class TariffPlan:
    """A tariff and for whom it counts; without groups it is the company's default."""

    name: str
    prices: Prices
    station_group: str | None = None
    user_group: str | None = None


@attrs.frozen
class CompanyPlan:
    name: str
    user_groups: tuple[str, ...]
    sites: tuple[SitePlan, ...]
    customers: tuple[CustomerPlan, ...]
    tariffs: tuple[TariffPlan, ...]

    @property
    def stations(self) -> tuple[StationPlan, ...]:
        return tuple(station for site in self.sites for station in site.stations)

    @property
    def station_groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(station.group for station in self.stations))

    @property
    def id_tags(self) -> tuple[str, ...]:
        return tuple(tag for customer in self.customers for tag in customer.id_tags)


_AC, _DC, _HPC = PowerClass.AC, PowerClass.DC, PowerClass.HPC
_PERSON, _COMPANY = CustomerKind.PERSON, CustomerKind.COMPANY

_TOWN_HALL = SitePlan(
    "Rathausplatz",
    Address(street="Rathausplatz 1", postal_code="24103", city="Kiel"),
    tuple(
        StationPlan(f"SW-RATHAUS-{n}", f"Rathausplatz {n}", _AC, "Public AC", ("ac22", "ac22"))
        for n in range(1, 5)
    ),
)
_HARBOUR = SitePlan(
    "Hafenparkhaus",
    Address(street="Kaistraße 40", postal_code="24103", city="Kiel"),
    (
        StationPlan("SW-HAFEN-1", "Level 1, left", _AC, "Public AC", ("ac22", "ac22")),
        StationPlan("SW-HAFEN-2", "Level 1, right", _AC, "Public AC", ("ac11", "ac11")),
        StationPlan("SW-HAFEN-3", "Ramp", _DC, "Public DC", ("dc50", "ac22")),
        StationPlan("SW-HAFEN-4", "Exit", _DC, "Public DC", ("dc150",)),
    ),
)
_MOTORWAY = SitePlan(
    "Ladepark Autohof Nord",
    Address(street="Am Autohof 7", postal_code="24568", city="Kaltenkirchen"),
    tuple(
        StationPlan(f"AN-PARK-{n}", f"Bay {n}", _HPC, "Fast lane", ("hpc300", "hpc300")) for n in range(1, 5)
    ),
)


def _gross(per_kwh: str, *, session: str = "0", minute: str = "0") -> Prices:
    return Prices(per_kwh=Decimal(per_kwh), per_session=Decimal(session), per_minute=Decimal(minute))


COMPANIES = (
    CompanyPlan(
        name="Stadtwerke Förde",
        user_groups=("Power customers", "Employees"),
        sites=(_TOWN_HALL, _HARBOUR),
        customers=(
            CustomerPlan("Erika Mustermann", _PERSON, "Power customers", "SF-1001", ("04A1B2C3D4E501",)),
            CustomerPlan("Jens Petersen", _PERSON, "Power customers", "SF-1002", ("04A1B2C3D4E502",)),
            CustomerPlan("Aylin Demir", _PERSON, "Power customers", "SF-1003", ("04A1B2C3D4E503",)),
            CustomerPlan(
                "Stadtwerke Förde, staff", _COMPANY, "Employees", "SF-2001",
                ("04A1B2C3D4E511", "04A1B2C3D4E512"),
            ),
        ),
        tariffs=(
            TariffPlan("Förde standard", _gross("0.49")),
            TariffPlan("Förde fast", _gross("0.59", session="0.35"), station_group="Public DC"),
            TariffPlan("Förde home customer", _gross("0.39", minute="0.01"), user_group="Power customers"),
            TariffPlan("Förde staff", _gross("0.25"), user_group="Employees"),
        ),
    ),
    CompanyPlan(
        name="Autohof Nord",
        user_groups=("Fleets",),
        sites=(_MOTORWAY,),
        customers=(
            CustomerPlan(
                "Kurier Holstein GmbH", _COMPANY, "Fleets", "AN-7001", ("0499AABBCC0001", "0499AABBCC0002")
            ),
            CustomerPlan("Nils Andersen", _PERSON, "", "AN-7002", ("0499AABBCC0003",)),
            CustomerPlan("Mia Schröder", _PERSON, "", "AN-7003", ("0499AABBCC0004",)),
        ),
        tariffs=(
            TariffPlan("Fast lane", _gross("0.69", session="0.50"), station_group="Fast lane"),
            TariffPlan(
                "Fleet, net",
                Prices(per_kwh=Decimal("0.47"), include_vat=False),
                user_group="Fleets",
            ),
        ),
    ),
)  # fmt: skip
