"""Trust as it stands in the database, read again when an event says that it has changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import attrs

from emobility_adapters.pki.trust import Trusted, TrustedAuthority
from emobility_core.certificates import (
    CertificateAuthorities,
    CertificateAuthority,
    CertificateFlaw,
    StationCertificates,
)
from emobility_core.errors import EmobilityError
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.network import KnownStation
from emobility_core.work import Event, Page, Scope, Transactions

_log = logging.getLogger("emobility.pki")
_AT_ONCE = 500


class TrustWork(Protocol):
    @property
    def certificate_authorities(self) -> CertificateAuthorities: ...
    @property
    def station_certificates(self) -> StationCertificates: ...


_CHANGES_TRUST = frozenset({"station_certificate.revoked", "tenant.moved"})


@attrs.define(kw_only=True, eq=False)
class CurrentTrust:
    """Implements the core's `StationTrust` over all tenants.

    `path_of` tells a tenant's place in the tree; `announce` hears of the certificates of all authorities
    that count, so that stations are asked for theirs.
    """

    transactions: Transactions[TrustWork]
    everything: Scope
    path_of: Callable[[TenantId], Awaitable[str]]
    announce: Callable[[Sequence[str]], None] = lambda _: None
    _trusted: Trusted = attrs.field(factory=Trusted, init=False)
    # Counts what was heard; what is known is as new as what was heard when it was read.
    _heard: int = attrs.field(default=1, init=False)
    _known: int = attrs.field(default=0, init=False)
    _reading: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)
    _tasks: set[asyncio.Task[Any]] = attrs.field(factory=set, init=False)

    async def flaw_of(
        self, certificate: bytes, known: KnownStation, *, at: Instant
    ) -> CertificateFlaw | None:
        if self._known < self._heard:
            await self._catch_up()
        return self._trusted.flaw_of(certificate, known, at=at)

    async def load(self) -> None:
        """Read which authorities count and what was revoked; raise `Unavailable`."""
        async with self._reading:
            await self._read()

    async def _catch_up(self) -> None:
        """Read once for all who wait for it."""
        async with self._reading:
            if self._known < self._heard:
                await self._read()

    async def _read(self) -> None:
        heard = self._heard
        async with self.transactions(self.everything) as work:
            authorities = [one for one in await _all(work.certificate_authorities) if one.enabled]
            revoked = await work.station_certificates.revoked()
        placed = [TrustedAuthority.of(one, await self.path_of(one.tenant)) for one in authorities]
        self._trusted = Trusted(placed, frozenset((one.authority, one.serial) for one in revoked))
        self.announce([one.certificate for one in authorities])
        self._known = heard

    def heed(self, event: Event) -> None:
        """Read again what an event says has changed."""
        if event.type.startswith("certificate_authority.") or event.type in _CHANGES_TRUST:
            self._heard += 1
            task = asyncio.create_task(self._reload())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _reload(self) -> None:
        """At once, since new stations are asked in the handshake already; else with the next certificate."""
        try:
            await self._catch_up()
        except EmobilityError as error:
            _log.warning("authorities are read again with the next certificate: %s", error)


async def _all(authorities: CertificateAuthorities) -> list[CertificateAuthority]:
    found: list[CertificateAuthority] = []
    page = Page(limit=_AT_ONCE, descendants=True)
    while more := await authorities.page(page):
        found += more
        page = attrs.evolve(page, after=more[-1].id)
    return found
