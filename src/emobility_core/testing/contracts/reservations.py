"""What reservations promise beyond what all records do."""

from __future__ import annotations

import pytest

from emobility_core.charging import ReservationStatus
from emobility_core.testing.builders import later, make_reservation, make_station, make_terms
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.work import AlreadyTaken


class ReservationsContract:
    """Reservations, by station, by number, and by the clock."""

    async def test_what_is_open_at_a_station_is_told_oldest_first(self, store: Seeded) -> None:
        station = make_station().id
        of_it = [
            make_reservation(tenant=store.a.id, station=station, status=one) for one in ReservationStatus
        ]
        async with store.unit() as work:
            for reservation in (*reversed(of_it), make_reservation(tenant=store.a.id)):
                await work.reservations.add(reservation)
        async with store.unit() as work:
            assert await work.reservations.open_at(station) == [one for one in of_it if one.status.is_open]

    async def test_a_number_is_unique_at_its_station(self, store: Seeded) -> None:
        one = make_reservation(tenant=store.a.id)
        elsewhere = make_reservation(tenant=store.a.id, number=one.number)
        async with store.unit() as work:
            await work.reservations.add(one)
            await work.reservations.add(elsewhere)
        async with store.unit() as work:
            assert await work.reservations.find_number(one.station, one.number) == one
            assert await work.reservations.find_number(make_station().id, one.number) is None
        with pytest.raises(AlreadyTaken) as refusal:
            async with store.unit() as work:
                again = make_reservation(tenant=store.a.id, station=one.station, number=one.number)
                await work.reservations.add(again)
        assert refusal.value.field == "number"

    async def test_open_ones_whose_time_is_over_are_overdue(self, store: Seeded) -> None:
        of_it = [make_reservation(tenant=store.a.id, status=status) for status in ReservationStatus]
        late = make_reservation(tenant=store.a.id, terms=make_terms(expires_at=later(hours=9)))
        async with store.unit() as work:
            for reservation in (*of_it, late):
                await work.reservations.add(reservation)
        async with store.unit() as work:
            assert await work.reservations.overdue(later(hours=1, seconds=-1)) == []
            expected = [one for one in of_it if one.status.is_open]
            assert await work.reservations.overdue(later(hours=1)) == expected

    async def test_foreign_reservations_are_not_seen(self, store: Seeded) -> None:
        foreign = make_reservation(tenant=store.c.id)
        async with store.unit(store.c) as work:
            await work.reservations.add(foreign)
        async with store.unit() as work:
            assert await work.reservations.open_at(foreign.station) == []
            assert await work.reservations.find_number(foreign.station, foreign.number) is None
            assert await work.reservations.overdue(later(days=1)) == []
