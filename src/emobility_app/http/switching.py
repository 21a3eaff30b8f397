"""Who has switched a record off: a system whose file left it out takes that back by naming it again, unless
somebody else has decided since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from emobility_core.work import Ownership, Record


async def own_switch(record: Record, system: str, was: Mapping[str, object], work: Any) -> None:
    """Note that the system's file has switched a record off, and what the fields were."""
    known = await work.ownerships.find(record.id, system)
    if known is None:
        first = Ownership(record=record.id, tenant=record.tenant, system=system)
        await work.ownerships.add(first.left_out(was))
    else:
        await work.ownerships.replace(known.left_out(was))


async def take_over(record: Record, fields: Collection[str], work: Any, *, by: str | None = None) -> None:
    """Somebody, or the system `by`, sets these fields: how they are is no other system's doing any more."""
    for system in record.external_ids:
        owned = None if system == by else await work.ownerships.find(record.id, system)
        if owned is not None and owned.switched_off.keys() & set(fields):
            await work.ownerships.replace(owned.overruled(fields))
