"""What was looked through before the unit that erases a person: it is not again, and nothing gets lost."""

from __future__ import annotations

from typing import Any

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql.feed import SqlFeed
from emobility_adapters.sql.urls import sqlite_path
from emobility_core.customers import IdTag
from emobility_core.network import ReportKind, StationReport
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import later, make_event, make_reading, make_station, make_token
from emobility_core.testing.clock import NOON
from tests.adapters.sql.asked import read_in_writing, walked
from tests.adapters.sql.persons import NAME, TAG, Stored

GROWING = ("station_frame", "meter_reading", "station_report", "event")
OTHER_TAG = "0F5EC0ND77"


async def _told(stored: Stored, tenant: Tenant, text: str) -> None:
    """A station of the tenant says this: a line, a reading, a report, and what is told of it."""
    station = make_station(tenant=tenant.id)
    report = StationReport(
        tenant=tenant.id, station=station.id, kind=ReportKind.STATUS, content={"info": text}, at=NOON,
        received_at=NOON,
    )  # fmt: skip
    async with stored.transactions(stored.everywhere) as work:
        await work.meter_readings.add(make_reading(tenant=tenant.id, samples=f'["{text}"]'))
        await work.station_reports.add(report)
        work.outbox.publish(make_event(tenant=tenant.id, data={"id_tag": text}))
    await _framed(stored, tenant, text)


async def _framed(stored: Stored, tenant: Tenant, text: str, **fields: Any) -> None:
    frame = {
        "tenant": tenant.id, "station": make_station().id, "received_at": NOON, "inbound": True,
        "frame": f'[2,"1","Authorize",{{"idTag":"{text}"}}]', "exchange": 1, "kind": 2, "action": "Authorize",
    }  # fmt: skip
    async with stored.database.writing(stored.everywhere) as connection:
        await connection.execute(tables.station_frame.insert().values(**frame | fields))


async def _placed(stored: Stored) -> None:
    """Events have got their places."""
    await SqlFeed(stored.database, stored.everywhere).place()


async def test_what_comes_between_look_and_erasure_is_erased_as_well(stored: Stored) -> None:
    await _told(stored, stored.site, TAG)
    await _placed(stored)
    seen = await stored.seen()
    await _told(stored, stored.site, NAME)
    await _placed(stored)
    await _told(stored, stored.site, TAG.lower())
    done = await stored.erased(seen)
    dump = (await stored.dump()).lower()
    assert TAG.lower() not in dump
    assert NAME.lower() not in dump
    # One event was there already.
    assert {name: done.replaced[name] for name in GROWING} == {**dict.fromkeys(GROWING, 3), "event": 4}


async def test_what_is_looked_for_since_is_looked_for_everywhere(stored: Stored) -> None:
    await _told(stored, stored.site, OTHER_TAG)
    await _placed(stored)
    seen = await stored.seen()
    home = stored.home
    token = make_token(tenant=home.id, id_tag=IdTag(OTHER_TAG), customer=stored.customer.id)
    async with stored.transactions(stored.scope) as work:
        await work.tokens.add(token)
    await stored.erased(seen)
    assert OTHER_TAG.lower() not in (await stored.dump()).lower()


async def test_whoever_has_come_below_since_is_looked_through(stored: Stored) -> None:
    await _told(stored, stored.sister, TAG)
    await _placed(stored)
    seen = await stored.seen()
    async with stored.transactions(stored.everywhere) as work:
        await work.tenants.move(stored.sister.id, stored.home.id, at=later())
    await stored.erased(seen)
    assert TAG.lower() not in (await stored.dump()).lower()


async def test_a_number_that_is_given_anew_is_another_row(stored: Stored) -> None:
    await _framed(stored, stored.site, "nobody", id=7)
    seen = await stored.seen()
    async with stored.database.writing(stored.everywhere) as connection:
        await connection.execute(tables.station_frame.delete())
    await _framed(stored, stored.site, TAG, id=7, received_at=later(seconds=1))
    await stored.erased(seen)
    assert TAG.lower() not in (await stored.dump()).lower()


async def test_on_sqlite_the_unit_that_erases_goes_through_nothing_that_was_seen(stored: Stored) -> None:
    path = sqlite_path(stored.url)
    if path is None:
        assert (await stored.seen()).of == {}, "a row may come in behind a newer one"
        return
    await _told(stored, stored.site, TAG)
    await _placed(stored)
    seen = await stored.seen()
    assert seen.of.keys() == set(GROWING)
    with read_in_writing(stored.database) as queries:
        await stored.erased(seen)
    assert walked(path, queries) & set(GROWING) == set()
    with read_in_writing(stored.database) as queries:
        await stored.erased()
    assert walked(path, queries) & set(GROWING) == set(GROWING), "else nothing is proven"
