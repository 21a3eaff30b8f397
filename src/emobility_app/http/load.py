"""Load budgets, their points, limits for a time and priorities of sessions over HTTP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from emobility_app.http.endpoint import Call
from emobility_app.http.records import Resource
from emobility_app.http.schemas import DECIMAL
from emobility_app.wire import Flaw, MalformedBody, decimal_text, instant_text, told
from emobility_core.errors import NotFound
from emobility_core.ids import EventId, LoadBudgetId, SessionId, SiteId, StationId, shown
from emobility_core.smart_charging import (
    LimitSource,
    LoadBudget,
    LoadLimit,
    LoadPoint,
    LoadPriority,
    check_fail_safes,
    check_point,
    minimum_power_w,
)
from emobility_core.work import Event, Page, Record

_MANY = 10_000
_AMPERES = {**DECIMAL, "examples": ["16.0"]}
_BY_PHASE = {"type": "array", "items": _AMPERES, "description": "Amperes on L1, L2 and L3."}


def _amperes(tenths: int) -> str:
    return decimal_text(Decimal(tenths) / 10)


async def _points(work: Any, budget: LoadBudgetId) -> list[LoadPoint]:
    return (await _points_by_budget(work, {budget}))[budget]


async def _points_by_budget(
    work: Any, budgets: Collection[LoadBudgetId]
) -> defaultdict[LoadBudgetId, list[LoadPoint]]:
    """The active points of each budget, by one query."""
    points: defaultdict[LoadBudgetId, list[LoadPoint]] = defaultdict(list)
    filters: dict[str, Sequence[object]] = {"budget": sorted(budgets), "active": [True]}
    if budgets:
        for point in await work.load_points.page(Page(limit=_MANY, filters=filters, descendants=True)):
            points[point.budget].append(point)
    return points


async def _by_id(port: Any, ids: Collection[LoadBudgetId]) -> dict[LoadBudgetId, Any]:
    """Those of the records under these ids that there are, by one query."""
    if not ids:
        return {}
    page = Page(limit=_MANY, filters={"id": sorted(ids)}, descendants=True)
    return {one.id: one for one in await port.page(page)}


async def _point_fits(point: LoadPoint, work: Any) -> LoadPoint:
    # Two that fit one by one must not be stored at once: the second waits, and sees the first.
    budget = await work.load_budgets.get_for_change(point.budget)
    station = await work.stations.get(point.station)
    if station.site not in (None, budget.site):
        raise MalformedBody((Flaw("/station", "other-site", "stands at another site than the budget's"),))
    others = [one for one in await _points(work, budget.id) if one.id != point.id]
    check_fail_safes(budget, (*others, point))
    await check_point(work, point)
    return point


async def _groups_known(budget: LoadBudget, work: Any) -> LoadBudget:
    flaws = []
    for place, one in enumerate(budget.group_priorities):
        try:
            await work.user_groups.get(one.user_group)
        except NotFound as error:
            flaws.append(Flaw(f"/group_priorities/{place}/user_group", error.code, told(error)))
    if flaws:
        raise MalformedBody(tuple(flaws))
    return budget


async def _store(port: Any, record: Record, *, new: bool) -> Record:
    if new:
        await port.add(record)
        return record
    changed: Record = await port.replace(record)
    return changed


def _told(record: Record, name: str, prefix: str, call: Call, *, new: bool) -> Event:
    id = shown(prefix, record.id)
    return _event(
        f"{name}.{'created' if new else 'changed'}", id, record, {name: id, "version": record.version}, call
    )


def _event(kind: str, subject: str, record: Record, data: dict[str, Any], call: Call) -> Event:
    return Event(
        id=EventId(call.services.ids.uuid7(record.updated_at)),
        tenant=record.tenant,
        type=kind,
        subject=subject,
        at=record.updated_at,
        data=data,
    )


async def _keep_budget(budget: LoadBudget, call: Call, work: Any, *, new: bool) -> Record:
    stored = await _store(work.load_budgets, budget, new=new)
    currents = [_amperes(current) for current in budget.currents]
    limits = {"limits": currents, "source": LimitSource.OPERATOR.value, "since": None, "until": None}
    work.outbox.publish(
        _told(stored, "load_budget", "lbu", call, new=new), _limited(budget, stored, limits, "", call)
    )
    return stored


async def _keep_limit(limit: LoadLimit, call: Call, work: Any, *, new: bool) -> Record:
    budget = await work.load_budgets.get(limit.budget)
    stored = await _store(work.load_limits, limit, new=new)
    currents = limit.currents(budget, await _points(work, budget.id))
    limits = {
        "limits": [_amperes(current) for current in currents],
        "source": limit.source.value,
        "since": instant_text(limit.begins_at),
        "until": None if limit.until is None else instant_text(limit.until),
    }
    work.outbox.publish(
        _told(stored, "load_limit", "lli", call, new=new),
        _limited(budget, stored, limits, limit.reason, call),
    )
    return stored


def _limited(budget: LoadBudget, stored: Record, limits: dict[str, Any], reason: str, call: Call) -> Event:
    """Each change of a limit is told with who made it: the audit of what the grid operator ordered."""
    site = shown("sit", budget.site)
    who = {"by": call.scope.actor, "reason": reason}
    data = {"site": site, "load_budget": shown("lbu", budget.id), **limits, **who}
    return _event("site.load_limit_changed", site, stored, data, call)


async def _add_budget(budget: LoadBudget, call: Call, work: Any) -> Record:
    return await _keep_budget(budget, call, work, new=True)


async def _change_budget(budget: LoadBudget, call: Call, work: Any) -> Record:
    """A new one has no points yet; a point that is being stored is waited for."""
    await work.load_budgets.get_for_change(budget.id)
    check_fail_safes(budget, tuple(await _points(work, budget.id)))
    return await _keep_budget(budget, call, work, new=False)


async def _add_limit(limit: LoadLimit, call: Call, work: Any) -> Record:
    """One that is changed may be over from then on: that is how it is ended."""
    limit.require_to_come(limit.created_at)
    return await _keep_limit(limit, call, work, new=True)


async def _change_limit(limit: LoadLimit, call: Call, work: Any) -> Record:
    return await _keep_limit(limit, call, work, new=False)


async def _budgets_seen(found: list[LoadBudget], call: Call, work: Any) -> list[dict[str, Any]]:
    """Budgets with what they come to: for each phase, and what the grid operator must leave to them."""
    views, points = [], await _points_by_budget(work, {budget.id for budget in found})
    for budget in found:
        devices = len(points[budget.id])
        least = minimum_power_w(devices, simultaneity=budget.simultaneity)
        currents = [_amperes(current) for current in budget.currents]
        further = {"currents": currents, "minimum_power_kw": decimal_text(least / 1000)}
        views.append(BUDGETS.view(budget) | further)
    return views


async def _limits_seen(found: list[LoadLimit], call: Call, work: Any) -> list[dict[str, Any]]:
    views, ids = [], {limit.budget for limit in found}
    budgets, points_of = await _by_id(work.load_budgets, ids), await _points_by_budget(work, ids)
    for limit in found:
        points = points_of[limit.budget]
        currents = limit.currents(budgets[limit.budget], points)
        views.append(
            LIMITS.view(limit)
            | {
                "currents": [_amperes(current) for current in currents],
                "fail_safe_holds": _fail_safes_fit(points, currents),
            }
        )
    return views


def _fail_safes_fit(points: list[LoadPoint], currents: tuple[int, int, int]) -> bool:
    return all(
        sum(point.fail_safe for point in points if phase in point.drawn_phases) * 10 <= current
        for phase, current in enumerate(currents)
    )


async def _points_seen(found: list[LoadPoint], call: Call, work: Any) -> list[dict[str, Any]]:
    """Points with what their station may draw now, None as long as nothing was ordered."""
    now, views, ids = call.clock.now(), [], {point.budget for point in found}
    budgets, loads = await _by_id(work.load_budgets, ids), await _by_id(work.site_loads, ids)
    standings = {id: load.by_point() for id, load in loads.items()}
    for point in found:
        standing = standings.get(point.budget, {}).get(point.id)
        tolerance = budgets[point.budget].clock_tolerance
        views.append(
            POINTS.view(point)
            | {
                "allowed_current": None if standing is None else _amperes(standing.highest(now, tolerance)),
                "fail_safe_accepted": standing is not None and standing.confirmed,
            }
        )
    return views


BUDGETS = Resource(
    path="load-budgets",
    name="load_budget",
    prefix="lbu",
    kind=LoadBudget,
    port="load_budgets",
    references={"site": "sites"},
    once=frozenset({"site"}),
    filters={"site": SiteId},
    check=_groups_known,
    add=_add_budget,
    change=_change_budget,
    look=_budgets_seen,
    shown={
        "currents": _BY_PHASE,
        "minimum_power_kw": {
            **DECIMAL,
            "description": "What a grid operator who dims must leave to all points together.",
        },
    },
)
POINTS = Resource(
    path="load-points",
    name="load_point",
    prefix="lpt",
    kind=LoadPoint,
    port="load_points",
    references={"budget": "load_budgets", "station": "stations"},
    once=frozenset({"budget", "station", "connector"}),
    filters={"budget": LoadBudgetId, "station": StationId},
    check=_point_fits,
    look=_points_seen,
    shown={
        "allowed_current": {
            "anyOf": [_AMPERES, {"type": "null"}],
            "description": "The most that the station may draw now, in amperes on each of its phases.",
        },
        "fail_safe_accepted": {"type": "boolean"},
    },
)
LIMITS = Resource(
    path="load-limits",
    name="load_limit",
    prefix="lli",
    kind=LoadLimit,
    port="load_limits",
    references={"budget": "load_budgets"},
    once=frozenset({"budget", "source"}),
    filters={"budget": LoadBudgetId, "source": LimitSource},
    add=_add_limit,
    change=_change_limit,
    look=_limits_seen,
    shown={
        "currents": _BY_PHASE,
        "fail_safe_holds": {
            "type": "boolean",
            "description": "Whether it holds also when the server is gone: the fail-safes fit below it.",
        },
    },
)
PRIORITIES = Resource(
    path="load-priorities",
    name="load_priority",
    prefix="lpr",
    kind=LoadPriority,
    port="load_priorities",
    references={"session": "sessions"},
    once=frozenset({"session"}),
    filters={"session": SessionId},
)
