"""What stations may decide by themselves."""

from __future__ import annotations

from typing import Any

from emobility_core.ids import LocalListId, StationId
from emobility_core.local_authorization import CacheClearing, LocalList
from emobility_core.testing.builders.basis import TENANT, ids, stored
from emobility_core.testing.clock import NOON


def make_local_list(**changes: Any) -> LocalList:
    """One that no station has been sent yet."""
    fields = {"id": LocalListId(ids.uuid7(NOON)), "station": StationId(ids.uuid7(NOON))}
    return LocalList(**stored({**fields, **changes}))


def make_clearing(**changes: Any) -> CacheClearing:
    fields = {"station": StationId(ids.uuid7(NOON)), "tenant": TENANT, "since": NOON}
    return CacheClearing(**{**fields, **changes})
