"""What roles, grants, and what is limited to stations promise."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from emobility_core.access import AccessDirectory, Grant, GrantRight, Standing, UnknownGrant
from emobility_core.charging import Presented
from emobility_core.customers import IdTag, Token
from emobility_core.errors import NotFound
from emobility_core.ids import GrantId, StationId, shown
from emobility_core.instants import Instant, Period
from emobility_core.network import Station
from emobility_core.testing import builders
from emobility_core.testing.builders import later
from emobility_core.testing.clock import NOON
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import Page, Scope

ACTOR = f"user:{shown('usr', builders.make_site().id)}"


def _directory(store: Seeded) -> AccessDirectory:
    assert store.access is not None
    return store.access


async def _added(store: Seeded, port: str, *records: Any) -> None:
    async with store.unit(store.root) as work:
        for record in records:
            await getattr(work, port).add(record)
    await store.settle()


class AccessContract:
    """Roles along the tree, grants as both sides see them, and the directory that decides."""

    async def test_roles_of_the_line_upwards_may_be_assigned(self, store: Seeded) -> None:
        above, here, below, beside = (
            builders.make_role(tenant=tenant.id) for tenant in (store.root, store.a, store.b, store.c)
        )
        await _added(store, "roles", below, here, above, beside)
        async with store.unit(store.a) as work:
            assert await work.roles.along(store.a.path) == [above, here]
            assert await work.roles.along(store.b.path) == [above, here, below]
            assert await work.roles.along(store.c.path) == []

    async def test_a_role_from_above_is_neither_listed_nor_changed_below(self, store: Seeded) -> None:
        above = builders.make_role(tenant=store.root.id)
        await _added(store, "roles", above)
        async with store.unit(store.a) as work:
            assert await work.roles.page(Page()) == []
            await work.roles.remove(above.id)
            with pytest.raises(NotFound):
                await work.roles.replace(above)
        async with store.unit(store.root) as work:
            assert await work.roles.get(above.id) == above

    async def test_what_is_removed_is_gone(self, store: Seeded) -> None:
        role = builders.make_role(tenant=store.a.id)
        assigned = builders.make_role_assignment(tenant=store.a.id, external_ids={"sap": "1"})
        await _added(store, "roles", role)
        await _added(store, "role_assignments", assigned)
        async with store.unit() as work:
            await work.roles.remove(role.id)
            await work.role_assignments.remove(assigned.id)
        async with store.unit() as work:
            assert await work.roles.page(Page()) == []
            assert await work.role_assignments.page(Page()) == []

    async def test_both_sides_of_a_grant_read_it_and_nobody_else(self, store: Seeded) -> None:
        given = builders.make_grant(tenant=store.a.id, grantee=store.c.id)
        await _added(store, "grants", given)
        async with store.unit(store.a) as work:
            assert await work.grants.page(Page()) == [given]
            assert await work.grants.received(Page()) == []
        async with store.unit(store.c) as work:
            assert await work.grants.page(Page()) == []
            assert await work.grants.received(Page()) == [given]
            assert await work.grants.get_received(given.id) == given
        async with store.unit(store.b) as work:
            assert await work.grants.received(Page(descendants=True)) == []
            with pytest.raises(UnknownGrant):
                await work.grants.get_received(given.id)

    async def test_the_receiving_side_changes_nothing_of_a_grant(self, store: Seeded) -> None:
        given = builders.make_grant(tenant=store.a.id, grantee=store.c.id)
        await _added(store, "grants", given)
        with pytest.raises(NotFound):
            async with store.unit(store.c) as work:
                await work.grants.replace(attrs.evolve(given, revoked_at=None))

    async def test_received_grants_of_tenants_below_are_for_whoever_asks(self, store: Seeded) -> None:
        given = builders.make_grant(tenant=store.c.id, grantee=store.b.id)
        await _added(store, "grants", given)
        async with store.unit(store.a) as work:
            assert await work.grants.received(Page()) == []
            assert await work.grants.received(Page(descendants=True)) == [given]
            assert await work.grants.count_received(Page()) == 0
            assert await work.grants.count_received(Page(descendants=True)) == 1

    async def test_an_actor_stands_on_the_roles_assigned_to_it(self, store: Seeded) -> None:
        own = builders.make_role(tenant=store.a.id, permissions=("stations:command",))
        first = builders.make_role_assignment(tenant=store.a.id, actor=ACTOR, role=shown("rol", own.id))
        second = builders.make_role_assignment(tenant=store.b.id, actor=ACTOR, role="viewer")
        another = builders.make_role_assignment(tenant=store.a.id)
        await _added(store, "roles", own)
        await _added(store, "role_assignments", first, second, another)

        standing = await _directory(store).standing(ACTOR)

        assert standing.assignments == (first, second)
        assert standing.roles[first.role] == {"stations:command"}
        assert standing.owners[first.role] == store.a.id
        assert standing.paths == {one.id: one.path for one in (store.a, store.b)}

    async def test_nobody_unknown_has_a_role(self, store: Seeded) -> None:
        assert (await _directory(store).standing("subject:nobody")).assignments == Standing().assignments

    async def test_a_grant_is_known_by_its_id(self, store: Seeded) -> None:
        given = builders.make_grant(tenant=store.a.id)
        await _added(store, "grants", given)
        assert await _directory(store).grant(given.id) == given
        assert await _directory(store).grant(GrantId(builders.make_grant().id)) is None

    async def test_a_grant_covers_the_stations_named_of_its_tenant_and_below(self, store: Seeded) -> None:
        site, group = builders.make_site().id, builders.make_station_group().id
        by_site = builders.make_station(tenant=store.a.id, site=site)
        by_group = builders.make_station(tenant=store.b.id, station_groups=(group,))
        by_name, other = builders.make_station(tenant=store.a.id), builders.make_station(tenant=store.a.id)
        foreign = builders.make_station(tenant=store.c.id, site=site)
        await _added(store, "stations", by_site, by_group, by_name, other, foreign)
        places = {"sites": (site,), "station_groups": (group,), "stations": (by_name.id, foreign.id)}
        given = builders.make_grant(tenant=store.a.id, **places)
        await _added(store, "grants", given)

        assert await _directory(store).granted(given) == {by_site.id, by_group.id, by_name.id}

    async def test_stations_at_sites_are_those_of_the_tenant_and_below(self, store: Seeded) -> None:
        site = builders.make_site().id
        here, below, foreign, elsewhere = (
            builders.make_station(tenant=store.a.id, site=site),
            builders.make_station(tenant=store.b.id, site=site),
            builders.make_station(tenant=store.c.id, site=site),
            builders.make_station(tenant=store.a.id),
        )
        await _added(store, "stations", here, below, foreign, elsewhere)

        assert await _directory(store).at_sites({site}, store.a.path) == {here.id, below.id}


@attrs.frozen
class _Two:
    """Two stations of a tenant, each with a session and a command, and a scope limited to the first."""

    granted: Station
    other: Station
    grant: Grant
    scope: Scope


async def _two(store: Seeded) -> _Two:
    granted, other = (builders.make_station(tenant=store.a.id) for _ in range(2))
    grant = builders.make_grant(tenant=store.a.id, stations=(granted.id,))
    async with store.unit(store.root) as work:
        for station in (granted, other):
            await work.stations.add(station)
            await work.sessions.add(builders.make_active(tenant=store.a.id, station=station.id))
            await work.station_states.put(builders.make_station_state(tenant=store.a.id, station=station.id))
            await work.connectors.put(builders.make_connector(tenant=store.a.id, station=station.id))
    limited = attrs.evolve(store.scope(store.a), stations=frozenset({granted.id}), grant=grant.id)
    return _Two(granted, other, grant, limited)


class LimitedScopesContract:
    """A scope that is limited to stations sees these and what belongs to them, and nothing besides."""

    async def test_it_sees_its_stations_and_what_they_report(self, store: Seeded) -> None:
        two = await _two(store)
        async with store.transactions(two.scope) as work:
            assert await work.stations.page(Page(descendants=True)) == [two.granted]
            assert [one.station for one in await work.sessions.page(Page())] == [two.granted.id]
            both: tuple[StationId, ...] = (two.granted.id, two.other.id)
            assert {one.station for one in await work.station_states.of(*both)} == {two.granted.id}
            assert {one.station for one in await work.connectors.of(*both)} == {two.granted.id}
            with pytest.raises(NotFound):
                await work.stations.get(two.other.id)

    async def test_what_knows_no_station_does_not_exist_for_it(self, store: Seeded) -> None:
        two = await _two(store)
        token, site = builders.make_token(tenant=store.a.id), builders.make_site(tenant=store.a.id)
        async with store.unit() as work:
            await work.tokens.add(token)
            await work.sites.add(site)
        async with store.transactions(two.scope) as work:
            assert await work.tokens.page(Page(descendants=True)) == []
            assert await work.sites.page(Page()) == []
            with pytest.raises(NotFound):
                await work.tokens.get(token.id)

    async def test_what_charging_costs_at_its_stations_is_the_owners_business(self, store: Seeded) -> None:
        two = await _two(store)
        assignment = builders.make_assignment(tenant=store.a.id, station=two.granted.id)
        async with store.unit() as work:
            await work.tariff_assignments.add(assignment)
        async with store.transactions(two.scope) as work:
            assert await work.tariff_assignments.page(Page(descendants=True)) == []
            with pytest.raises(NotFound):
                await work.tariff_assignments.get(assignment.id)
        other = builders.make_assignment(tenant=store.a.id, station=two.granted.id)
        with pytest.raises(NotFound):
            async with store.transactions(two.scope) as work:
                await work.tariff_assignments.add(other)

    async def test_it_writes_nothing_but_for_its_stations(self, store: Seeded) -> None:
        two = await _two(store)
        for port, record in (
            ("tokens", builders.make_token(tenant=store.a.id)),
            ("stations", builders.make_station(tenant=store.a.id)),
            ("commands", builders.make_command(tenant=store.a.id, station=two.other.id)),
            ("tenants", builders.make_tenant(store.a)),
        ):
            with pytest.raises(NotFound):
                async with store.transactions(two.scope) as work:
                    await getattr(work, port).add(record)

    async def test_it_follows_its_own_commands_and_operations_alone(self, store: Seeded) -> None:
        two = await _two(store)
        mine, theirs = (builders.make_operation(tenant=store.a.id) for _ in range(2))
        own = builders.make_command(
            tenant=store.a.id, station=two.granted.id, operation=mine.id, grant=two.grant.id
        )
        # Asked for by the company that owns the station.
        foreign = builders.make_command(tenant=store.a.id, station=two.granted.id, operation=theirs.id)
        async with store.unit() as work:
            await work.operations.add(theirs)
            await work.commands.add(foreign)
        async with store.transactions(two.scope) as work:
            await work.operations.add(mine)
            await work.commands.add(own)
            work.outbox.publish(builders.make_event(tenant=store.a.id))
        async with store.transactions(two.scope) as work:
            assert await work.operations.get(mine.id) == mine
            assert await work.commands.page(Page()) == [own]
            for port, id in (("operations", theirs.id), ("commands", foreign.id)):
                with pytest.raises(NotFound):
                    await getattr(work, port).get(id)

    async def test_it_may_name_tens_of_thousands_of_stations(self, store: Seeded) -> None:
        two = await _two(store)
        many = frozenset(builders.make_station().id for _ in range(40_000)) | {two.granted.id}
        operation = builders.make_operation(tenant=store.a.id)
        asked = {"station": two.granted.id, "operation": operation.id, "grant": two.grant.id}
        own = builders.make_command(tenant=store.a.id, **asked)
        async with store.transactions(attrs.evolve(two.scope, stations=many)) as work:
            assert await work.stations.page(Page(descendants=True)) == [two.granted]
            assert [one.station for one in await work.sessions.page(Page())] == [two.granted.id]
            await work.operations.add(operation)
            await work.commands.add(own)
            assert await work.operations.get(operation.id) == operation
            with pytest.raises(NotFound):
                await work.stations.get(two.other.id)

    async def test_a_limit_to_no_station_shows_nothing(self, store: Seeded) -> None:
        two = await _two(store)
        async with store.transactions(attrs.evolve(two.scope, stations=frozenset())) as work:
            assert await work.stations.page(Page(descendants=True)) == []
            assert await work.sessions.page(Page()) == []


class GrantedTokensContract:
    """Tokens of another company charge at the stations that a grant names, while it is open."""

    async def _admitted(self, store: Seeded, **grant: Any) -> tuple[Station, Token, Grant]:
        """A station of `a`, a token of `c`, and a grant of the first to the second."""
        station = builders.make_station(tenant=store.a.id)
        token = builders.make_token(tenant=store.c.id)
        usual = {"rights": frozenset({GrantRight.USE}), "stations": (station.id,), "grantee": store.c.id}
        given = builders.make_grant(tenant=store.a.id, **{**usual, **grant})
        await _added(store, "stations", station)
        await _added(store, "tokens", token)
        await _added(store, "grants", given)
        return station, token, given

    async def _found(self, store: Seeded, token: Token, station: Station, at: Instant = NOON) -> Presented:
        assert store.granted is not None
        return await store.granted.find(IdTag(token.id_tag.text.lower()), station=station.id, at=at)

    async def test_a_token_of_the_grantee_is_found_with_its_grant(self, store: Seeded) -> None:
        station, token, grant = await self._admitted(store)
        found = await self._found(store, token, station)
        assert (found.token, found.grant, found.until) == (token, grant.id, None)

    async def test_a_grant_of_a_tenant_above_the_station_counts(self, store: Seeded) -> None:
        station = builders.make_station(tenant=store.b.id)
        await _added(store, "stations", station)
        _, token, grant = await self._admitted(store, stations=(station.id,))
        assert (await self._found(store, token, station)).grant == grant.id

    async def test_it_counts_from_until_and_not_after_it_is_revoked(self, store: Seeded) -> None:
        hour = Period(since=NOON, until=later(hours=1))
        station, token, grant = await self._admitted(store, validity=hour, revoked_at=later(minutes=30))
        assert (await self._found(store, token, station, NOON)).until == hour.until
        for at, is_admitted in (
            (later(seconds=-1), False),
            (NOON, True),
            (later(minutes=29), True),
            (later(minutes=30), False),
        ):
            assert ((await self._found(store, token, station, at)).grant == grant.id) is is_admitted

    async def test_other_rights_other_stations_and_other_companies_let_nobody_charge(
        self, store: Seeded
    ) -> None:
        elsewhere = builders.make_station(tenant=store.a.id).id
        for wrong in (
            {"rights": frozenset({GrantRight.SEE, GrantRight.OPERATE})},
            {"stations": (elsewhere,)},
            {"grantee": store.b.id},
            {"actors": ("subject:erika",)},
            {"user_groups": (builders.make_user_group().id,)},
        ):
            station, token, _ = await self._admitted(store, **wrong)
            assert await self._found(store, token, station) == Presented()

    async def test_tokens_of_a_closed_company_count_no_more_and_none_at_the_stations_of_one(
        self, store: Seeded
    ) -> None:
        for closed in (store.c, store.a):
            station, token, grant = await self._admitted(store)
            assert (await self._found(store, token, station)).grant == grant.id
            async with store.unit(store.root) as work:
                shut = await work.tenants.replace(attrs.evolve(closed, closed_at=NOON))
            await store.settle()
            assert await self._found(store, token, station) == Presented()
            async with store.unit(store.root) as work:
                await work.tenants.replace(attrs.evolve(shut, closed_at=None))
            await store.settle()

    async def test_tokens_of_the_groups_named_are_admitted(self, store: Seeded) -> None:
        group = builders.make_user_group(tenant=store.c.id)
        customer = builders.make_customer(tenant=store.c.id, user_groups=(group.id,))
        card = builders.make_token(tenant=store.c.id, customer=customer.id)
        await _added(store, "user_groups", group)
        await _added(store, "customers", customer)
        await _added(store, "tokens", card)
        station, other, grant = await self._admitted(store, user_groups=(group.id,))
        assert (await self._found(store, card, station)).grant == grant.id
        assert await self._found(store, other, station) == Presented()
