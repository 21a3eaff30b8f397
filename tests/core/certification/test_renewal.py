"""When certificates are to be renewed."""

from __future__ import annotations

from datetime import timedelta

from emobility_adapters.memory import MemoryStore
from emobility_core.certificates import StationCertificateStatus
from emobility_core.certification import next_renewal
from emobility_core.instants import LAST_INSTANT, Instant
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import make_station_certificate, make_station_state, make_tenant


async def test_what_is_to_be_renewed_is_found_up_to_the_end_of_the_calendar() -> None:
    store, tenant = MemoryStore(), make_tenant()
    until = Instant(LAST_INSTANT - timedelta(days=1))
    scope = scope_of(tenant, "tests")
    certificate = make_station_certificate(
        tenant=tenant.id, status=StationCertificateStatus.INSTALLED, not_after=until
    )
    async with store.transactions(scope) as work:
        await work.tenants.add(tenant)
        await work.station_certificates.add(certificate)
        state = make_station_state(tenant=tenant.id, station=certificate.station, online=True)
        await work.station_states.put(state)
    first = await next_renewal(scope=scope, transactions=store.transactions, until=until)
    assert first is not None
    assert first < until
