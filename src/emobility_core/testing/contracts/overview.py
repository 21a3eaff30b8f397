"""What the overview promises. Give the fixtures `store` and `overviews`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from emobility_core.money import Money
from emobility_core.network import StationIdentity
from emobility_core.overview import Overview, Overviews
from emobility_core.rating import USUAL_ZONE
from emobility_core.tariffs import Prices
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import (
    later,
    make_active,
    make_connector,
    make_ended,
    make_rating,
    make_site,
    make_station,
    make_station_state,
    make_tariff_version,
)
from emobility_core.testing.contracts.seeded import Seeded


async def _look(store: Seeded, overviews: Overviews, tenant: Tenant, **limits: int) -> Overview:
    return await overviews.read(store.scope(tenant), **{"stations": 10, "ended": 10, **limits})


class OverviewsContract:
    """The network at a glance."""

    async def test_a_station_comes_with_its_site_its_line_and_its_connectors(
        self, store: Seeded, overviews: Overviews
    ) -> None:
        site = make_site(tenant=store.a.id, name="Hafen", time_zone="Europe/Lisbon")
        station = make_station(tenant=store.a.id, site=site.id)
        async with store.unit() as work:
            await work.sites.add(site)
            await work.stations.add(station)
            await work.station_states.put(make_station_state(station=station.id, tenant=store.a.id))
            for number, status in ((0, "Available"), (2, "Faulted"), (1, "Charging")):
                own: dict[str, Any] = {"station": station.id, "tenant": store.a.id}
                await work.connectors.put(make_connector(number=number, status=status, **own))
        (glance,) = (await _look(store, overviews, store.a)).stations
        assert (glance.identity, glance.site, glance.time_zone, glance.online) == (
            station.identity.text, "Hafen", "Europe/Lisbon", True,
        )  # fmt: skip
        assert [(one.number, one.status) for one in glance.connectors] == [(1, "Charging"), (2, "Faulted")]

    async def test_a_station_that_never_reported_is_there_and_offline(
        self, store: Seeded, overviews: Overviews
    ) -> None:
        async with store.unit() as work:
            await work.stations.add(make_station(tenant=store.a.id))
        (glance,) = (await _look(store, overviews, store.a)).stations
        assert (glance.online, glance.connectors, glance.site) == (False, (), None)

    async def test_a_running_session_has_its_energy_and_what_it_has_cost_so_far(
        self, store: Seeded, overviews: Overviews
    ) -> None:
        station = make_station(tenant=store.a.id)
        version = make_tariff_version(
            tenant=store.a.id,
            prices=Prices(per_kwh=Decimal("0.40"), per_minute=Decimal("0.10"), include_vat=False),
        )
        session = make_active(tenant=store.a.id, station=station.id, tariff=version.id)
        async with store.unit() as work:
            await work.stations.add(station)
            await work.tariff_versions.add(version)
            await work.sessions.add(session)
        (glance,) = (await _look(store, overviews, store.a)).running
        assert (glance.session, glance.energy) == (session.id, session.delivered)
        # 2.5 kWh at 0.40 and 15 minutes at 0.10, net, with 19 % VAT.
        assert glance.cost == Money(298, "EUR")
        # Without a site as its bill is.
        assert glance.time_zone == USUAL_ZONE

    async def test_ended_sessions_come_with_their_price_the_latest_end_first(
        self, store: Seeded, overviews: Overviews
    ) -> None:
        station = make_station(tenant=store.a.id)
        own: dict[str, Any] = {"tenant": store.a.id, "station": station.id}
        version = make_tariff_version(tenant=store.a.id)
        ended = [
            make_ended(**own, tariff=version.id, connector=number, ended_at=later(hours=hours))
            for number, hours in ((1, 5), (2, 9), (3, 2))
        ]
        async with store.unit() as work:
            await work.stations.add(station)
            await work.tariff_versions.add(version)
            for session in ended:
                await work.sessions.add(session)
            await work.rated_sessions.put(make_rating(ended[1], version))
        found = (await _look(store, overviews, store.a, ended=2)).ended
        assert [one.session for one in found] == [ended[1].id, ended[0].id]
        assert [one.price for one in found] == [make_rating(ended[1], version).gross, None]

    async def test_only_what_the_scope_sees(self, store: Seeded, overviews: Overviews) -> None:
        for tenant in (store.a, store.b, store.c):
            station = make_station(tenant=tenant.id, identity=StationIdentity(f"CP-{tenant.name}"))
            async with store.unit(tenant) as work:
                await work.stations.add(station)
                await work.sessions.add(make_active(tenant=tenant.id, station=station.id))
                await work.sessions.add(make_ended(tenant=tenant.id, station=station.id, connector=2))
        for tenant, names in ((store.root, "abc"), (store.a, "ab"), (store.b, "b"), (store.c, "c")):
            found = await _look(store, overviews, tenant)
            assert [one.identity for one in found.stations] == [f"CP-{name}" for name in names]
            assert (len(found.running), len(found.ended)) == (len(names), len(names))

    async def test_stations_are_limited_and_sessions_with_them(
        self, store: Seeded, overviews: Overviews
    ) -> None:
        async with store.unit() as work:
            for number in range(3):
                station = make_station(tenant=store.a.id, identity=StationIdentity(f"CP-{number}"))
                await work.stations.add(station)
                await work.sessions.add(make_active(tenant=store.a.id, station=station.id))
        found = await _look(store, overviews, store.a, stations=2)
        assert [one.identity for one in found.stations] == ["CP-0", "CP-1"]
        assert len(found.running) == 2
