"""Whether a station keeps a connector for somebody is known without a query, and never too late."""

from __future__ import annotations

from contextlib import nullcontext

from emobility_adapters.sql.engine import open_database
from emobility_adapters.sql.hot.reserved import SqlReservedStations
from emobility_adapters.sql.work import SqlTransactions
from emobility_core.charging import Reservation, ReservationStatus
from emobility_core.ids import shown
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_event, make_reservation, make_tenant
from emobility_core.work import Event


def told(reservation: Reservation, status: ReservationStatus) -> Event:
    return make_event(
        type="reservation.whatever",
        subject=shown("rsv", reservation.id),
        data={"station": shown("sta", reservation.station), "status": status.value},
    )


async def test_reservations_that_were_open_at_the_start_are_loaded_and_others_are_not(
    database_url: str,
) -> None:
    database, tenant = open_database(database_url), make_tenant()
    kept = make_reservation(tenant=tenant.id, status=ReservationStatus.ACTIVE)
    over = make_reservation(tenant=tenant.id, status=ReservationStatus.EXPIRED)
    async with SqlTransactions(database)(scope_of(tenant, "test")) as work:
        await work.tenants.add(tenant)
        for reservation in (kept, over):
            await work.reservations.add(reservation)
    reserved = SqlReservedStations(lambda: database.reading(scope_of(tenant, "test")))
    await reserved.load()
    assert kept.station in reserved
    assert over.station not in reserved
    await database.dispose()


def test_a_station_is_reserved_until_its_last_reservation_is_over() -> None:
    reserved = SqlReservedStations(nullcontext)  # type: ignore[arg-type]
    first = make_reservation()
    second = make_reservation(station=first.station)
    status = ReservationStatus
    for reservation in (first, first, second):
        reserved.heed(told(reservation, status.REQUESTED))
    reserved.heed(make_event(type="session.started"))
    reserved.heed(told(first, status.USED))
    assert first.station in reserved
    reserved.heed(told(second, status.EXPIRED))
    reserved.heed(told(second, status.USED))
    assert first.station not in reserved
