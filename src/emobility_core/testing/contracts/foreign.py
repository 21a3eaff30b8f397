"""What a unit may not leave behind: anything of a tenant outside its scope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from emobility_core.errors import NotFound
from emobility_core.ids import TenantId
from emobility_core.testing.builders import (
    make_active,
    make_clearing,
    make_connector,
    make_ended,
    make_installed_certificates,
    make_rating,
    make_reading,
    make_report,
    make_station_state,
    make_tariff_version,
)
from emobility_core.testing.contracts.seeded import Seeded

Write = Callable[[Any, TenantId], Awaitable[object]]


def _rating(tenant: TenantId) -> Any:
    return make_rating(make_ended(tenant=tenant), make_tariff_version(tenant=tenant))


WRITES: dict[str, Write] = {
    "clearing": lambda work, tenant: work.cache_clearings.put(make_clearing(tenant=tenant)),
    "session": lambda work, tenant: work.sessions.add(make_active(tenant=tenant)),
    "reading": lambda work, tenant: work.meter_readings.add(make_reading(tenant=tenant)),
    "state": lambda work, tenant: work.station_states.put(make_station_state(tenant=tenant)),
    "connector": lambda work, tenant: work.connectors.put(make_connector(tenant=tenant)),
    "report": lambda work, tenant: work.station_reports.add(make_report(tenant=tenant)),
    "version": lambda work, tenant: work.tariff_versions.add(make_tariff_version(tenant=tenant)),
    "installed": lambda work, tenant: work.installed_certificates.put(
        make_installed_certificates(tenant=tenant)
    ),
    "rating": lambda work, tenant: work.rated_sessions.put(_rating(tenant)),
}


class ForeignWritesContract:
    """Writes of what is no master record; those are promised with the records."""

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    async def test_nothing_is_written_into_a_foreign_tenant(self, store: Seeded, write: Write) -> None:
        with pytest.raises(NotFound):
            async with store.unit() as work:
                await write(work, store.c.id)

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    async def test_a_tenant_above_may_write_for_one_below(self, store: Seeded, write: Write) -> None:
        async with store.unit() as work:
            await write(work, store.b.id)
