"""Signing keeps nobody waiting: neither the event loop, nor whoever wants to write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_adapters.pki import ThreadedCertifier
from emobility_core.certificates import CertificateAuthority, CertificateFacts, KeyKind
from emobility_core.certification import request_certificate
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.tenancy import scope_of
from emobility_core.testing.builders import later, make_station, make_tenant
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Page, Scope
from tests.adapters.ocpp.certificates import authority, key_of, request_for
from tests.adapters.ocpp.world import CERTIFIER

YEAR = later(days=365)


@pytest.mark.parametrize("kind", KeyKind)
async def test_the_loop_turns_while_keys_are_drawn_and_signatures_made(kind: KeyKind) -> None:
    certifier, by = ThreadedCertifier(CERTIFIER), authority(kind=kind)
    turns = 0

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    request = request_for("CP1", key=key_of(kind), organization=None)
    task = asyncio.create_task(turning())
    for work in (
        certifier.found("A", "O", key=kind, at=NOON, until=YEAR),
        certifier.sign(request, authority=by, names=["CP1"], station=None, at=NOON, until=YEAR),
        certifier.revocation_list(by, [], at=NOON, until=YEAR),
    ):
        before = turns
        await work
        assert turns > before
    task.cancel()


@attrs.frozen
class Watched(ThreadedCertifier):
    """Notes how many of the units of work are open while it signs; two requests wait here for each other."""

    units: list[Any] = attrs.field(factory=list)
    seen: list[int] = attrs.field(factory=list)
    both: asyncio.Barrier = attrs.field(factory=lambda: asyncio.Barrier(2))

    async def sign(
        self, request: str, *, authority: CertificateAuthority, names: Collection[str],
        station: StationId | None, at: Instant, until: Instant,
    ) -> tuple[str, CertificateFacts]:  # fmt: skip
        self.seen.append(len(self.units))
        async with asyncio.timeout(10):
            await self.both.wait()
        return await super().sign(
            request, authority=authority, names=names, station=station, at=at, until=until
        )


async def test_no_unit_is_open_meanwhile_and_two_requests_at_once_get_one_certificate() -> None:
    store, clock, ids, watched = MemoryStore(), FrozenClock(), SeededIds(), Watched(CERTIFIER)
    tenant = make_tenant()
    station = make_station(tenant=tenant.id)
    scope = scope_of(tenant, "tests")

    @asynccontextmanager
    async def counted(scope: Scope) -> AsyncIterator[Any]:
        async with store.transactions(scope) as work:
            watched.units.append(work)
            try:
                yield work
            finally:
                watched.units.remove(work)

    async with store.transactions(scope) as work:
        await work.tenants.add(tenant)
        await work.stations.add(station)
        await work.certificate_authorities.add(authority(tenant=tenant.id))
    request = request_for(station.identity.text, key=key_of(KeyKind.ECDSA), organization=None)
    asking = [
        request_certificate(
            request,
            station=station.id,
            scope=scope,
            transactions=counted,
            certifier=watched,
            clock=clock,
            ids=ids,
        )
        for _ in range(2)
    ]
    assert await asyncio.gather(*asking) == [True, True]
    assert watched.seen == [0, 0]
    async with store.transactions(scope) as work:
        assert len(await work.station_certificates.page(Page())) == 1
        assert len(await work.commands.page(Page())) == 1
