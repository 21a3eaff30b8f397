"""What all builders share: one tenant, one sequence of ids, noon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from emobility_core.ids import TenantId
from emobility_core.instants import Instant
from emobility_core.testing.clock import NOON, SeededIds

ids = SeededIds()

TENANT = TenantId(ids.uuid7(NOON))


def later(at: Instant = NOON, **duration: float) -> Instant:
    """The instant a `timedelta(**duration)` after `at`."""
    return Instant(at + timedelta(**duration))


def stored(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {"tenant": TENANT, "created_at": NOON, "updated_at": NOON, **changes}
