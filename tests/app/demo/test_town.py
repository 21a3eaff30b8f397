"""The demonstration is the same each time, complete, and never ahead of the clock."""

from __future__ import annotations

import attrs
import pytest

from emobility_adapters.memory import MemoryStations, MemoryStore, MemoryTariffs, MemoryTokens
from emobility_adapters.ocpp.simulation import PastSession
from emobility_app.demo.seed import seed
from emobility_app.demo.stations import HEAD_START, HISTORY, Pace, players
from emobility_app.demo.town import COMPANIES
from emobility_core.customers import IdTag
from emobility_core.ids import TenantId
from emobility_core.network import PowerClass, StationIdentity
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.testing.builders import make_tenant
from emobility_core.testing.clock import FrozenClock, SeededIds
from emobility_core.work import Page

ALL = Page(limit=1_000, descendants=True)


@attrs.frozen
class Place:
    """Where the demonstration's data are stored."""

    memory: MemoryStore
    root: Tenant
    clock: FrozenClock = attrs.field(factory=FrozenClock)
    ids: SeededIds = attrs.field(factory=lambda: SeededIds(7_700_000))  # far from the builders' own

    @property
    def transactions(self):  # type: ignore[no-untyped-def]
        return self.memory.transactions


@pytest.fixture
async def place() -> Place:
    place = Place(MemoryStore(), make_tenant(name="root"))
    async with place.transactions(scope_of(place.root, "test")) as work:
        await work.tenants.add(place.root)
    await seed(place, place.root)
    return place


async def test_two_companies_three_sites_twelve_stations_of_all_classes(place: Place) -> None:
    async with place.transactions(scope_of(place.root, "test")) as work:
        stations = await work.stations.page(ALL)
        assert len(await work.tenants.page(ALL)) == 3
        assert len(await work.sites.page(ALL)) == 3
        assert len(await work.tariff_assignments.page(ALL)) == 6
    assert len(stations) == 12
    assert {one.power_class for one in stations} == set(PowerClass)


@pytest.mark.parametrize(
    ("station", "card", "tariff"),
    [
        ("SW-RATHAUS-1", "04A1B2C3D4E501", "Förde home customer"),
        ("SW-HAFEN-4", "04A1B2C3D4E501", "Förde home customer"),
        ("SW-HAFEN-4", "04A1B2C3D4E511", "Förde staff"),
        ("AN-PARK-1", "0499AABBCC0001", "Fleet, net"),
        ("AN-PARK-1", "0499AABBCC0003", "Fast lane"),
        ("SW-HAFEN-4", None, "Förde fast"),
        ("SW-HAFEN-1", None, "Förde standard"),
    ],
)
async def test_each_card_has_its_price(place: Place, station: str, card: str | None, tariff: str) -> None:
    known = await MemoryStations(place.memory).find(StationIdentity(station))
    assert known is not None
    tenant = TenantId(known.station.tenant)
    tokens = MemoryTokens(place.memory)
    token = None if card is None else await tokens.find(IdTag(card), at_tenant=tenant)
    assert (token is None) is (card is None)
    version = await MemoryTariffs(place.memory).version_for(known.station.id, token, at=place.clock.now())
    async with place.transactions(scope_of(place.root, "test")) as work:
        named = {one.current: one.name for one in await work.tariffs.page(ALL)}
    assert version is not None
    assert named[version] == tariff


def test_a_card_of_one_company_is_no_card_of_the_other() -> None:
    one, other = (set(company.id_tags) for company in COMPANIES)
    assert not one & other


def _past(pace: Pace) -> list[PastSession]:
    cast = players("ws://127.0.0.1:1/ocpp", FrozenClock(), pace)
    return [session for player in cast for session in player.past]


def test_a_week_lies_behind_and_nothing_ahead() -> None:
    now = FrozenClock().now()
    past = _past(Pace())
    assert len(past) > 100
    assert max(session.end for session in past) <= now - HEAD_START
    assert min(session.start for session in past) >= now - HEAD_START - HISTORY


def test_it_is_the_same_each_time() -> None:
    assert _past(Pace()) == _past(Pace())


def test_without_history_nothing_lies_behind() -> None:
    assert _past(Pace(history=None)) == []
