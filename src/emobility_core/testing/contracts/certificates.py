"""What authorities and stations' certificates promise beyond being records."""

from __future__ import annotations

import attrs

from emobility_core.certificates import StationCertificate, StationCertificateStatus
from emobility_core.commands import CertificateUse
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import (
    later,
    make_authority,
    make_installed_certificates,
    make_station_certificate,
    make_station_state,
)
from emobility_core.testing.contracts.seeded import Seeded


class CertificateAuthoritiesContract:
    """An authority counts in its tenant and below."""

    async def test_those_above_a_tenant_are_found_from_below_the_nearest_first(self, store: Seeded) -> None:
        highest, own, newer = (
            make_authority(tenant=store.root.id),
            make_authority(tenant=store.a.id),
            make_authority(tenant=store.a.id),
        )
        async with store.unit(store.root) as work:
            for one in (own, highest, newer, make_authority(tenant=store.c.id)):
                await work.certificate_authorities.add(one)
        async with store.reader(store.b) as work:
            assert await work.certificate_authorities.above(store.b.id) == [newer, own, highest]
        async with store.reader(store.root) as work:
            assert await work.certificate_authorities.above(store.root.id) == [highest]


class StationCertificatesContract:
    """Which certificates are to be renewed, and which no longer count."""

    async def test_installed_ones_are_found_before_they_end_while_their_station_is_online(
        self, store: Seeded
    ) -> None:
        installed = StationCertificateStatus.INSTALLED
        older, away = (
            make_station_certificate(tenant=store.a.id, status=installed, not_after=later(days=7))
            for _ in range(2)
        )
        late, soon = (
            make_station_certificate(tenant=store.a.id, status=installed, not_after=later(days=days))
            for days in (9, 8)
        )
        newer = make_station_certificate(tenant=store.a.id, status=installed, station=older.station)
        asked = make_station_certificate(
            tenant=store.a.id, status=installed, not_after=later(days=9), renewed_at=later(hours=1)
        )
        async with store.unit() as work:
            for one in (
                older,
                newer,
                away,
                asked,
                late,
                soon,
                make_station_certificate(tenant=store.a.id, status=installed, not_after=later(days=10)),
                make_station_certificate(tenant=store.a.id, not_after=later(days=8)),
            ):
                await work.station_certificates.add(one)
                state = make_station_state(tenant=one.tenant, station=one.station, online=one is not away)
                await work.station_states.put(state)

        async def found(tenant: Tenant, hours: int = 1, limit: int = 9) -> list[StationCertificate]:
            async with store.reader(tenant) as work:
                since = later(hours=hours)
                certificates = work.station_certificates
                return await certificates.expiring(later(days=10), not_asked_since=since, limit=limit)  # type: ignore[no-any-return]

        assert await found(store.root) == [soon, late]
        assert await found(store.root, limit=1) == [soon]
        assert await found(store.root, hours=2) == [soon, late, asked]
        assert await found(store.c) == []

    async def test_the_revoked_ones_are_listed(self, store: Seeded) -> None:
        sound = make_station_certificate(tenant=store.a.id)
        async with store.unit() as work:
            await work.station_certificates.add(sound)
            stolen = make_station_certificate(tenant=store.a.id).revoke("stolen", at=later())
            await work.station_certificates.add(stolen)
        async with store.reader(store.root) as work:
            assert await work.station_certificates.revoked() == [stolen]
        async with store.reader(store.c) as work:
            assert await work.station_certificates.revoked() == []


class InstalledCertificatesContract:
    """One list a station and use."""

    async def test_the_last_list_of_each_use_counts(self, store: Seeded) -> None:
        first = make_installed_certificates(tenant=store.a.id)
        other = attrs.evolve(first, use=CertificateUse.MANUFACTURER, certificates=())
        newer = attrs.evolve(first, certificates=(), told_at=later(days=1))
        async with store.unit() as work:
            await work.installed_certificates.put(first)
            await work.installed_certificates.put(other)
        async with store.reader() as work:
            assert await work.installed_certificates.of(first.station) == [first, other]
        async with store.unit() as work:
            await work.installed_certificates.put(newer)
        async with store.reader() as work:
            assert await work.installed_certificates.of(first.station) == [newer, other]
        async with store.reader(store.c) as work:
            assert await work.installed_certificates.of(first.station) == []
