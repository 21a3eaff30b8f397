"""Installed profiles, and sites that share their power."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from emobility_core.ids import (
    CommandId,
    InstalledProfileId,
    LoadBudgetId,
    LoadLimitId,
    LoadPointId,
    LoadPriorityId,
    ScheduleComparisonId,
    SessionId,
    SiteId,
    StationId,
)
from emobility_core.smart_charging import (
    InstalledProfile,
    LoadBudget,
    LoadLimit,
    LoadPoint,
    LoadPriority,
    ScheduleComparison,
    SiteLoad,
    composite,
)
from emobility_core.testing.builders.basis import ids, stored
from emobility_core.testing.builders.commands import make_profile
from emobility_core.testing.clock import NOON


def make_installed_profile(**changes: Any) -> InstalledProfile:
    fields = {
        "id": InstalledProfileId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "connector": 1,
        "profile": make_profile(),
        "command": CommandId(ids.uuid7(NOON)),
    }
    return InstalledProfile(**stored({**fields, **changes}))


def make_schedule_comparison(**changes: Any) -> ScheduleComparison:
    fields = {
        "id": ScheduleComparisonId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "connector": 1,
        "ours": composite([], 1, at=NOON, duration_s=600),
        "command": CommandId(ids.uuid7(NOON)),
    }
    return ScheduleComparison(**stored({**fields, **changes}))


def make_load_budget(**changes: Any) -> LoadBudget:
    fields = {"id": LoadBudgetId(ids.uuid7(NOON)), "site": SiteId(ids.uuid7(NOON))}
    return LoadBudget(**stored({**fields, "limits": (Decimal(32),), **changes}))


def make_load_point(**changes: Any) -> LoadPoint:
    fields = {
        "id": LoadPointId(ids.uuid7(NOON)),
        "budget": LoadBudgetId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "max_current": Decimal(32),
        "fail_safe": Decimal(6),
    }
    return LoadPoint(**stored({**fields, **changes}))


def make_load_limit(**changes: Any) -> LoadLimit:
    fields = {"id": LoadLimitId(ids.uuid7(NOON)), "budget": LoadBudgetId(ids.uuid7(NOON))}
    return LoadLimit(**stored({**fields, "limits": (Decimal(20),), **changes}))


def make_load_priority(**changes: Any) -> LoadPriority:
    fields = {"id": LoadPriorityId(ids.uuid7(NOON)), "session": SessionId(ids.uuid7(NOON))}
    return LoadPriority(**stored({**fields, "priority": 5, **changes}))


def make_site_load(**changes: Any) -> SiteLoad:
    return SiteLoad(**stored({"id": LoadBudgetId(ids.uuid7(NOON)), **changes}))
