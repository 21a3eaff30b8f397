"""What the directories of the hot path promise."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from emobility_core.charging import RunningSession, RunningSessions, TariffDirectory, TokenDirectory
from emobility_core.customers import IdTag
from emobility_core.instants import Period
from emobility_core.network import KnownStation, PowerClass, StationDirectory, StationIdentity
from emobility_core.tariffs import Prices, Tariff, TariffVersion
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import (
    later,
    make_active,
    make_assignment,
    make_contract,
    make_customer,
    make_ended,
    make_site,
    make_station,
    make_station_group,
    make_tariff,
    make_tariff_version,
    make_token,
    make_user_group,
)
from emobility_core.testing.clock import NOON
from emobility_core.testing.contracts.seeded import Seeded


def _tokens(store: Seeded) -> TokenDirectory:
    if store.tokens is None:
        pytest.skip("the adapter has no token directory")
    return store.tokens


def _tariffs(store: Seeded) -> TariffDirectory:
    if store.tariffs is None:
        pytest.skip("the adapter has no tariff directory")
    return store.tariffs


def _running(store: Seeded) -> RunningSessions:
    if store.running is None:
        pytest.skip("the adapter does not tell what runs of a token")
    return store.running


def _stations(store: Seeded) -> StationDirectory:
    if store.stations is None:
        pytest.skip("the adapter has no station directory")
    return store.stations


class StationDirectoryContract:
    """Stations by the name under which they connect."""

    async def test_a_station_is_found_whatever_the_case_of_its_name(self, store: Seeded) -> None:
        station = make_station(tenant=store.b.id)
        async with store.unit(store.b) as work:
            await work.stations.add(station)
        await store.settle()
        for text in (station.identity.text, station.identity.text.swapcase()):
            found = await _stations(store).find(StationIdentity(text))
            assert found == KnownStation(station=station, path=store.b.path)

    async def test_an_unknown_station_is_not_found(self, store: Seeded) -> None:
        assert await _stations(store).find(StationIdentity("nobody-knows-me")) is None


class TokenDirectoryContract:
    """Tokens of a tenant's line in the tree."""

    async def test_tokens_of_the_tenants_above_and_below_count(self, store: Seeded) -> None:
        tokens = {tenant.id: make_token(tenant=tenant.id) for tenant in (store.root, store.a, store.b)}
        async with store.unit(store.root) as work:
            for token in tokens.values():
                await work.tokens.add(token)
        await store.settle()
        for token in tokens.values():
            folded = IdTag(token.id_tag.text.lower())
            assert await _tokens(store).find(folded, at_tenant=store.a.id) == token

    async def test_tokens_of_a_sister_company_are_unknown(self, store: Seeded) -> None:
        token = make_token(tenant=store.c.id)
        async with store.unit(store.c) as work:
            await work.tokens.add(token)
        await store.settle()
        assert await _tokens(store).find(token.id_tag, at_tenant=store.a.id) is None
        assert await _tokens(store).find(IdTag("NOBODY"), at_tenant=store.a.id) is None

    async def test_a_token_of_a_closed_tenant_counts_nowhere_and_none_at_its_stations(
        self, store: Seeded
    ) -> None:
        above, closed = (make_token(tenant=tenant.id) for tenant in (store.a, store.b))
        async with store.unit(store.root) as work:
            await work.tokens.add_all([above, closed])
            await work.tenants.replace(attrs.evolve(store.b, closed_at=NOON))
        await store.settle()
        assert await _tokens(store).find(closed.id_tag, at_tenant=store.a.id) is None
        assert await _tokens(store).find(above.id_tag, at_tenant=store.b.id) is None
        assert await _tokens(store).find(above.id_tag, at_tenant=store.a.id) == above

    async def test_the_nearest_token_counts_upwards_before_downwards(self, store: Seeded) -> None:
        tag = make_token().id_tag
        below, above, own = (
            make_token(tenant=tenant.id, id_tag=tag) for tenant in (store.b, store.root, store.a)
        )
        for token in (below, above, own):
            async with store.unit(store.root) as work:
                await work.tokens.add(token)
            await store.settle()
            assert await _tokens(store).find(tag, at_tenant=store.a.id) == token


class RunningSessionsContract:
    """What runs of a token, whoever owns the station."""

    async def test_what_runs_of_a_token_is_told_over_all_companies_oldest_first(self, store: Seeded) -> None:
        token = make_token(tenant=store.root.id).id
        mine = [make_active(tenant=tenant.id, token=token) for tenant in (store.a, store.c)]
        others = [
            make_ended(tenant=store.a.id, token=token),
            make_active(tenant=store.a.id, token=make_token().id),
            make_active(tenant=store.a.id),
        ]
        async with store.unit(store.root) as work:
            for session in (*reversed(mine), *others):
                await work.sessions.add(session)
        assert await _running(store).of_token(token) == [
            RunningSession(
                session=one.id, station=one.station, connector=one.connector, started_at=one.started_at
            )
            for one in mine
        ]
        assert await _running(store).of_token(make_token().id) == []


async def _tariff(store: Seeded, tenant: Tenant, **assignment: object) -> TariffVersion:
    """Publish a tariff and assign it."""
    tariff: Tariff = make_tariff(tenant=tenant.id)
    version = make_tariff_version(tenant=tenant.id, tariff=tariff.id, prices=Prices(per_kwh=Decimal("0.5")))
    async with store.unit(store.root) as work:
        await work.tariff_versions.add(version)
        await work.tariffs.add(make_tariff(id=tariff.id, tenant=tenant.id, current=version.id))
        await work.tariff_assignments.add(make_assignment(tenant=tenant.id, tariff=tariff.id, **assignment))
    await store.settle()
    return version


class TariffDirectoryContract:
    """Which published tariff applies."""

    async def test_without_an_assignment_no_tariff_applies(self, store: Seeded) -> None:
        station = make_station(tenant=store.a.id)
        async with store.unit() as work:
            await work.stations.add(station)
        await _tariff(store, store.b)
        await _tariff(store, store.c)
        assert await _tariffs(store).version_for(station.id, None, at=NOON) is None

    async def test_a_start_told_late_is_priced_by_the_version_of_its_time(self, store: Seeded) -> None:
        station = make_station(tenant=store.a.id)
        async with store.unit() as work:
            await work.stations.add(station)
        first = await _tariff(store, store.a)
        second = attrs.evolve(
            first, id=make_tariff_version().id, number=first.number + 1, since=later(first.since, days=1)
        )
        async with store.unit() as work:
            await work.tariff_versions.add(second)
        for days, version in ((-1, first), (0.5, first), (2, second)):
            at = later(first.since, days=days)
            assert await _tariffs(store).version_for(station.id, None, at=at) == version.id

    async def test_the_nearest_tenants_tariff_applies_to_its_stations(self, store: Seeded) -> None:
        station = make_station(tenant=store.b.id)
        async with store.unit() as work:
            await work.stations.add(station)
        for tenant in (store.root, store.a, store.b):
            version = await _tariff(store, tenant)
            assert await _tariffs(store).version_for(station.id, None, at=NOON) == version.id

    async def test_a_tariff_of_the_stations_group_beats_the_tenants(self, store: Seeded) -> None:
        group = make_station_group(tenant=store.a.id)
        station = make_station(tenant=store.a.id, station_groups=(group.id,))
        async with store.unit() as work:
            await work.station_groups.add(group)
            await work.stations.add(station)
        await _tariff(store, store.a)
        version = await _tariff(store, store.a, station_group=group.id)
        assert await _tariffs(store).version_for(station.id, None, at=NOON) == version.id

    async def test_the_groups_of_the_customer_and_of_a_valid_contract_count(self, store: Seeded) -> None:
        of_customer, of_contract = (make_user_group(tenant=store.a.id) for _ in range(2))
        customer = make_customer(tenant=store.a.id, user_groups=(of_customer.id,))
        validity = Period(until=later(hours=1))
        contract = make_contract(
            tenant=store.a.id, customer=customer.id, user_group=of_contract.id, validity=validity
        )
        card = make_token(tenant=store.a.id, customer=customer.id)
        contract_card = make_token(tenant=store.a.id, customer=customer.id, contract=contract.id)
        station = make_station(tenant=store.a.id)
        async with store.unit() as work:
            await work.user_groups.add(of_customer)
            await work.user_groups.add(of_contract)
            await work.customers.add(customer)
            await work.contracts.add(contract)
            await work.tokens.add(card)
            await work.tokens.add(contract_card)
            await work.stations.add(station)
        own = await _tariff(store, store.a)
        by_contract = await _tariff(store, store.a, user_group=of_contract.id)
        directory = _tariffs(store)
        assert await directory.version_for(station.id, card, at=NOON) == own.id
        assert await directory.version_for(station.id, contract_card, at=NOON) == by_contract.id
        assert await directory.version_for(station.id, contract_card, at=later(hours=1)) == own.id
        by_customer = await _tariff(store, store.a, user_group=of_customer.id)
        assert await directory.version_for(station.id, card, at=NOON) == by_customer.id

    async def test_what_is_agreed_for_a_card_beats_what_a_place_costs(self, store: Seeded) -> None:
        customer, site = make_customer(tenant=store.a.id), make_site(tenant=store.a.id)
        contract = make_contract(
            tenant=store.a.id, customer=customer.id, validity=Period(until=later(hours=1))
        )
        card = make_token(tenant=store.a.id, customer=customer.id, contract=contract.id)
        station = make_station(tenant=store.a.id, site=site.id, power_class=PowerClass.DC)
        async with store.unit() as work:
            await work.sites.add(site)
            await work.customers.add(customer)
            await work.contracts.add(contract)
            await work.tokens.add(card)
            await work.stations.add(station)
        directory, expected = _tariffs(store), None
        for named in (
            {"power_class": PowerClass.DC},
            {"site": site.id},
            {"station": station.id},
            {"customer": customer.id},
            {"contract": contract.id},
            {"token": card.id},
        ):
            before, expected = expected, await _tariff(store, store.a, **named)
            assert await directory.version_for(station.id, card, at=NOON) == expected.id
            if "contract" in named:
                assert before is not None
                assert await directory.version_for(station.id, card, at=later(hours=1)) == before.id
        await _tariff(store, store.a, station=make_station().id, power_class=PowerClass.AC)
        direct = await _tariff(store, store.a, ad_hoc=True)
        assert await directory.version_for(station.id, None, at=NOON) == direct.id
        assert expected is not None
        assert await directory.version_for(station.id, card, at=NOON) == expected.id
