"""What tariff versions and rated sessions promise."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from emobility_core.accounting import PostingState
from emobility_core.errors import NotFound
from emobility_core.tariffs import Prices, UnknownTariffVersion
from emobility_core.testing.builders import (
    make_assignment,
    make_ended,
    make_full_prices,
    make_posting,
    make_rating,
    make_tariff,
    make_tariff_version,
)
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken, Page


class TariffVersionsContract:
    """Published versions, and the tariffs and assignments that count below their tenant."""

    async def test_tariffs_and_assignments_come_along_the_line_and_are_changed_by_their_own(
        self, store: Seeded
    ) -> None:
        for port, make in (("tariffs", make_tariff), ("tariff_assignments", make_assignment)):
            above, here, below, beside = (
                make(tenant=tenant.id) for tenant in (store.root, store.a, store.b, store.c)
            )
            async with store.unit(store.root) as work:
                for one in (below, here, above, beside):
                    await getattr(work, port).add(one)
            async with store.unit(store.a) as work:
                found = getattr(work, port)
                assert await found.along(store.a.path) == [above, here]
                assert await found.along(store.b.path) == [above, here, below]
                assert await found.along(store.c.path) == []
                assert await found.page(Page(descendants=True)) == [here, below]
                with pytest.raises(NotFound):
                    await found.get(above.id)
                with pytest.raises(NotFound):
                    await found.replace(above)

    async def test_a_version_is_read_back_equal(self, store: Seeded) -> None:
        prices = Prices(
            currency="CHF",
            include_vat=False,
            vat_percent=Decimal("8.1"),
            per_kwh=Decimal("0.3125"),
            per_session=Decimal("0.50"),
            per_minute=Decimal("0.000001"),
        )
        version = make_tariff_version(tenant=store.a.id, prices=prices)
        async with store.unit() as work:
            await work.tariff_versions.add(version)
        async with store.reader() as work:
            assert await work.tariff_versions.get(version.id) == version

    async def test_all_that_prices_can_say_is_read_back_equal(self, store: Seeded) -> None:
        version = make_tariff_version(tenant=store.a.id, prices=make_full_prices())
        async with store.unit() as work:
            await work.tariff_versions.add(version)
        async with store.reader() as work:
            assert await work.tariff_versions.get(version.id) == version

    async def test_versions_of_a_tariff_come_oldest_first(self, store: Seeded) -> None:
        tariff = make_tariff().id
        versions = [make_tariff_version(tenant=store.a.id, tariff=tariff, number=n) for n in range(1, 12)]
        async with store.unit() as work:
            for version in reversed(versions):
                await work.tariff_versions.add(version)
            await work.tariff_versions.add(make_tariff_version(tenant=store.a.id))
        async with store.reader() as work:
            assert await work.tariff_versions.of(tariff) == versions
            mine = Page(limit=3, filters={"tariff": [tariff]})
            assert await work.tariff_versions.page(mine) == versions[:3]
            assert await work.tariff_versions.page(Page.of("id", [versions[4].id])) == [versions[4]]
            assert await work.tariff_versions.count(attrs.evolve(mine, limit=50)) == len(versions)

    async def test_a_number_is_given_once_within_a_tariff(self, store: Seeded) -> None:
        version = make_tariff_version(tenant=store.a.id)
        async with store.unit() as work:
            await work.tariff_versions.add(version)
        with pytest.raises(AlreadyTaken):
            async with store.unit() as work:
                await work.tariff_versions.add(make_tariff_version(tenant=store.a.id, tariff=version.tariff))

    async def test_a_version_published_above_is_known_below_for_it_prices_there_too(
        self, store: Seeded
    ) -> None:
        version = make_tariff_version(tenant=store.root.id)
        async with store.unit(store.root) as work:
            await work.tariff_versions.add(version)
        for tenant in (store.root, store.a, store.b):
            async with store.reader(tenant) as work:
                assert await work.tariff_versions.get(version.id) == version
                assert await work.tariff_versions.page(Page()) == [version]

    async def test_a_version_published_beside_is_unknown(self, store: Seeded) -> None:
        version = make_tariff_version(tenant=store.c.id)
        async with store.unit(store.c) as work:
            await work.tariff_versions.add(version)
        async with store.reader() as work:
            with pytest.raises(UnknownTariffVersion):
                await work.tariff_versions.get(version.id)
            assert await work.tariff_versions.of(version.tariff) == []


class RatedSessionsContract:
    """Current prices of sessions."""

    async def test_the_later_price_of_a_session_is_its_current_one(self, store: Seeded) -> None:
        session = make_ended(tenant=store.a.id)
        first = make_rating(session)
        prices = Prices(per_kwh=Decimal("0.4337"), per_session=Decimal(1), per_minute=Decimal("0.1"))
        second = make_rating(session, make_tariff_version(prices=prices))
        for rating in (first, second):
            async with store.unit() as work:
                await work.rated_sessions.put(rating)
            async with store.reader() as work:
                assert await work.rated_sessions.find(session.id) == rating

    async def test_lines_are_read_back_with_their_windows_and_taxes(self, store: Seeded) -> None:
        version = make_tariff_version(tenant=store.a.id, prices=make_full_prices())
        rating = make_rating(make_ended(tenant=store.a.id), version)
        assert {line.tax is None for line in rating.lines} == {True, False}
        async with store.unit() as work:
            await work.rated_sessions.put(rating)
        async with store.reader() as work:
            assert await work.rated_sessions.find(rating.session) == rating

    async def test_a_held_price_stays_a_held_one(self, store: Seeded) -> None:
        rating = make_rating(make_ended(tenant=store.a.id, meter_start=None))
        async with store.unit() as work:
            await work.rated_sessions.put(rating)
        async with store.reader() as work:
            found = await work.rated_sessions.find(rating.session)
        assert (type(found), found) == (type(rating), rating)

    async def test_prices_of_several_sessions_are_found_at_once(self, store: Seeded) -> None:
        first, second = make_rating(make_ended(tenant=store.a.id)), make_rating(make_ended(tenant=store.a.id))
        unrated = make_ended(tenant=store.a.id).id
        async with store.unit() as work:
            await work.rated_sessions.put(first)
            await work.rated_sessions.put(second)
        async with store.reader() as work:
            found = await work.rated_sessions.of([first.session, second.session, unrated])
            assert found == {first.session: first, second.session: second}
            assert await work.rated_sessions.find(unrated) is None
            assert await work.rated_sessions.of([]) == {}

    async def test_a_price_that_takes_the_place_of_another_puts_its_posting_in_question(
        self, store: Seeded
    ) -> None:
        session = make_ended(tenant=store.a.id)
        first, second = make_rating(session), make_rating(session)
        posting = make_posting(
            tenant=store.a.id, session=session.id, session_turn=0, rating=first.id, state=PostingState.CLOSED
        )
        async with store.reader() as work:
            await work.postings.add(posting)
        for rating, expected in ((first, []), (second, [posting])):
            async with store.unit() as work:
                await work.rated_sessions.put(rating)
            async with store.reader() as work:
                assert await work.postings.in_question((), Page()) == expected

    async def test_foreign_prices_are_not_seen(self, store: Seeded) -> None:
        rating = make_rating(make_ended(tenant=store.a.id))
        async with store.unit() as work:
            await work.rated_sessions.put(rating)
        async with store.reader(store.c) as work:
            assert await work.rated_sessions.find(rating.session) is None
            assert await work.rated_sessions.of([rating.session]) == {}
