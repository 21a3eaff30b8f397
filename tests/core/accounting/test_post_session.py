"""A session is posted with the groups and cost centres of where it was charged, and by whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from emobility_core.accounting import DocumentKind, Posting, determine, post_session
from emobility_core.testing.builders import (
    make_account_rule,
    make_contract,
    make_customer,
    make_ended,
    make_rating,
    make_site,
    make_station,
    make_station_group,
    make_tariff_version,
    make_user_group,
)
from emobility_core.testing.builders.basis import ids
from emobility_core.testing.clock import NOON
from tests.core.accounting.books import Books

FIRST, SECOND = [make_station_group().id for _ in range(2)]


class Charged(Books):
    """Books with what a session at a site is posted by."""

    async def posted(self, *, site: Any = None, **session: Any) -> Posting:
        place = make_site(tenant=self.own.id, cost_centre="North") if site is None else site
        # As somebody happened to write them down.
        station = make_station(tenant=self.own.id, site=place.id, station_groups=(SECOND, FIRST))
        version = make_tariff_version()
        ended = make_ended(tenant=self.own.id, station=station.id, tariff=version.id, **session)
        async with self.unit() as work:
            await work.sites.add(place)
            await work.stations.add(station)
            await work.sessions.add(ended)
            await work.rated_sessions.put(make_rating(ended, version))
        async with self.unit() as work:
            return await post_session(ended.id, ledger=self.ledger, work=work, at=NOON, ids=ids)


@pytest.fixture
async def books() -> Charged:
    return await Charged.opened()


async def test_the_station_group_that_was_first_is_named_and_all_of_them_meet_rules(books: Charged) -> None:
    posting = await books.posted()
    line = posting.lines[0]
    assert (line.station_group, line.further_station_groups) == (FIRST, (SECOND,))
    rule = make_account_rule(station_groups=(SECOND,))
    told = determine([rule], ledger="main", document_kind=DocumentKind.SESSION, line=line)
    (verdict,) = told.verdicts
    assert (verdict.station_group, verdict.user_group) == (SECOND, None)


async def test_the_group_of_the_contract_comes_before_those_of_the_customer(books: Charged) -> None:
    old, new, agreed = [make_user_group(tenant=books.own.id) for _ in range(3)]
    customer = make_customer(tenant=books.own.id, user_groups=(new.id, agreed.id, old.id))
    contract = make_contract(tenant=books.own.id, customer=customer.id, user_group=agreed.id)
    async with books.unit() as work:
        await work.customers.add(customer)
        await work.contracts.add(contract)
    posting = await books.posted(customer=customer.id, contract=contract.id)
    line = posting.lines[0]
    assert (line.user_group, line.further_user_groups) == (agreed.id, (old.id, new.id))


@pytest.mark.parametrize(("own", "expected"), [("Sales", "Sales"), ("", "Fleet")])
async def test_cost_centres_are_the_users_own_or_their_groups_and_the_sites(
    books: Charged, own: str, expected: str
) -> None:
    plain = make_user_group(tenant=books.own.id)
    group = make_user_group(tenant=books.own.id, cost_centre="Fleet")
    customer = make_customer(tenant=books.own.id, user_groups=(plain.id, group.id), cost_centre=own)
    async with books.unit() as work:
        await work.user_groups.add_all([plain, group])
        await work.customers.add(customer)
    posting = await books.posted(customer=customer.id)
    assert {(one.user_cost_centre, one.site_cost_centre) for one in posting.lines} == {(expected, "North")}
    found = determine(
        [make_account_rule()], ledger="main", document_kind=DocumentKind.SESSION, line=posting.lines[0]
    ).assignment
    assert found is not None
    assert (found.cost_centre_1, found.cost_centre_2) == (expected, "North")
    (energy,) = [one.energy for one in posting.lines if one.energy is not None]
    assert energy.kwh > Decimal(0)


async def test_of_another_companys_driver_nothing_stands_in_the_books(books: Charged) -> None:
    customer = make_customer(tenant=books.own.id, cost_centre="Theirs")
    async with books.unit() as work:
        await work.customers.add(customer)
    posting = await books.posted(customer=customer.id, grant=ids.uuid7(NOON))
    assert {(one.user_group, one.user_cost_centre) for one in posting.lines} == {(None, "")}
