"""Words of OCPP 1.6 that several messages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from emobility_core.instants import Instant

# Orders by their class, each with what makes its action and payload.
Requests: TypeAlias = dict[type, Callable[[Any], tuple[str, dict[str, Any]]]]


def time_text(at: Instant) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def optional_time(at: Instant | None) -> str | None:
    return None if at is None else time_text(at)


def given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value: OCPP leaves out what is not given, and knows no null."""
    return {name: value for name, value in fields.items() if value is not None}
