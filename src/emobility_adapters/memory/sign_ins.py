"""Sign-ins, failures to sign in, and trusts, of the in-memory store."""

from __future__ import annotations

from emobility_adapters.memory.records import MemoryRecords
from emobility_adapters.memory.unit import Unit
from emobility_core.identity import Failures, SignIn, TrustedIssuer
from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.tenancy import UnknownTenant


class MemoryTrustedIssuers(MemoryRecords[TrustedIssuer]):
    """Implements the core's `TrustedIssuers`."""

    async def hold(self) -> None:
        """A unit is alone from its beginning."""


class MemorySignIns(MemoryRecords[SignIn]):
    """Implements the core's `SignIns`."""

    async def forget(self, before: Instant, *, limit: int) -> int:
        old = [one for one in self.visible() if one.kept_until < before][:limit]
        for one in old:
            await self.remove(one.id)
        return len(old)


class MemorySignInFailures:
    """Implements the core's `SignInFailures`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.rows("sign in failures")

    async def hold(self, mark: str, *, tenant: TenantId, at: Instant) -> Failures:
        if not self._unit.sees(tenant):
            raise UnknownTenant(tenant)
        held: Failures | None = self._rows.get((tenant, mark))
        if held is None:
            held = Failures(mark=mark, tenant=tenant, failed_at=at)
            await self.put(held)
        return held

    async def put(self, failures: Failures) -> None:
        self._rows.put((failures.tenant, failures.mark), failures)

    async def drop(self, failures: Failures) -> None:
        self._rows.drop((failures.tenant, failures.mark))

    async def forget(self, before: Instant, *, limit: int) -> int:
        old = [one for one in self._rows.values() if one.failed_at < before and self._unit.sees(one.tenant)]
        for one in old[:limit]:
            await self.drop(one)
        return len(old[:limit])
