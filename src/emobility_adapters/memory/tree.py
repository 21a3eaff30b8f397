"""What lies in parts of the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emobility_adapters.memory.unit import Unit
from emobility_core.ids import TenantId
from emobility_core.tenant_moves import COUNTED, LeftReference, Reference


class MemoryTreeContents:
    """Implements the core's `TreeContents`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def below(self, path: str) -> Mapping[str, int]:
        return self._counted(lambda tenant: self._stands(tenant, path))

    async def of(self, tenants: Sequence[TenantId]) -> Mapping[str, int]:
        return self._counted(lambda tenant: tenant in tenants)

    def _counted(self, counts: Callable[[TenantId], bool]) -> Mapping[str, int]:
        return {kind: sum(1 for one in self._seen(kind) if counts(one.tenant)) for kind in COUNTED}

    async def naming(
        self, reference: Reference, tenants: Sequence[TenantId], *, below: str
    ) -> list[LeftReference]:
        there = {one.id for one in self._seen(reference.names) if one.tenant in tenants}
        found = []
        for one in self._seen(reference.kind):
            value = getattr(one, reference.field)
            named = value if reference.many else (value,)
            if self._stands(one.tenant, below):
                found += [
                    LeftReference(
                        kind=reference.kind,
                        id=one.id,
                        tenant=one.tenant,
                        field=reference.field,
                        names=reference.names,
                        named=id,
                    )
                    for id in named
                    if id in there
                ]
        return sorted(found, key=lambda one: (one.id, one.named))

    def _seen(self, port: str) -> list[Any]:
        rows = self._unit.rows(port.replace("_", " "))
        return [one for one in rows.values() if self._unit.sees(one.tenant)]

    def _stands(self, tenant: TenantId, path: str) -> bool:
        there = self._unit.path_of(tenant)
        return there is not None and there.startswith(path)
