"""Erasures of persons' data."""

from __future__ import annotations

from typing import Any

from emobility_core.ids import CustomerId, ErasureId
from emobility_core.privacy import Erasure
from emobility_core.testing.builders.basis import ids, stored
from emobility_core.testing.clock import NOON


def make_erasure(**changes: Any) -> Erasure:
    fields = {"id": ErasureId(ids.uuid7(NOON)), "customer": CustomerId(ids.uuid7(NOON))}
    return Erasure(**stored({**fields, **changes}))
