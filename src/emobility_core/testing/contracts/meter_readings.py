"""The contract of what sessions were metered."""

from __future__ import annotations

from emobility_core.charging import Quality
from emobility_core.energy import Energy
from emobility_core.testing.builders import make_active, make_reading
from emobility_core.testing.contracts.seeded import Seeded
from emobility_core.testing.contracts.sessions import added


class MeterReadingsContract:
    """An append-only log of readings."""

    async def test_readings_of_a_session_come_back_equal_in_the_order_of_receipt(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        mine = {"tenant": store.a.id, "station": session.station, "session": session.id}
        readings = [
            make_reading(**mine, power_w=7),
            make_reading(**mine, energy=None, power_w=None, reported=None, qualities=frozenset(Quality)),
            make_reading(**mine, energy=Energy(-1), at=session.started_received, samples='[{"ü":[1.5]}]'),
        ]
        await added(store, session)
        async with store.unit() as work:
            for reading in readings:
                await work.meter_readings.add(reading)
            await work.meter_readings.add(make_reading(tenant=store.a.id))
            await work.meter_readings.add(make_reading(tenant=store.a.id, session=None))
        async with store.reader() as work:
            assert await work.meter_readings.of_session(session.id) == readings
            assert await work.meter_readings.of_session(session.id, after=1, limit=1) == [readings[1]]

    async def test_readings_of_foreign_sessions_are_not_seen(self, store: Seeded) -> None:
        session = make_active(tenant=store.a.id)
        await added(store, session)
        async with store.unit() as work:
            await work.meter_readings.add(make_reading(tenant=store.a.id, session=session.id))
        async with store.reader(store.c) as work:
            assert await work.meter_readings.of_session(session.id) == []
