"""Something has changed at a site whose load is shared: decide anew what its stations may draw."""

from __future__ import annotations

from emobility_core.ids import Ids, LoadBudgetId, StationId, parse_id
from emobility_core.instants import Clock, Clocks
from emobility_core.reactions._ports import Reaction
from emobility_core.smart_charging import LoadWork, steer_site
from emobility_core.work import Event, Page, Scope, StaleWrite, Transactions

# Of records of a load: which stations are steered may be another matter from now on.
_OF_LOADS = frozenset(
    f"{record}.{verb}"
    for record in ("load_budget", "load_point", "load_limit", "load_priority")
    for verb in ("created", "changed")
)
_OF_STATIONS = frozenset(
    {
        "command.completed",
        "command.failed",
        "connector.status_changed",
        "session.ended",
        "session.started",
        "station.booted",
        "station.online",
    }
)
_KIND = "set_charging_profile"
_TRIES = 3
_MANY = 10_000


class SteeredStations:
    """Which budgets a station belongs to, from memory: sessions are many, steered stations are few."""

    def __init__(self, transactions: Transactions[LoadWork], everything: Scope) -> None:
        self._transactions = transactions
        self._everything = everything
        self._budgets: dict[StationId, set[LoadBudgetId]] | None = None

    async def budgets(self, station: StationId) -> set[LoadBudgetId]:
        if self._budgets is None:
            await self.load()
        return (self._budgets or {}).get(station, set())

    async def all(self) -> set[LoadBudgetId]:
        """All budgets with an active point."""
        if self._budgets is None:
            await self.load()
        return set[LoadBudgetId]().union(*(self._budgets or {}).values())

    async def load(self) -> None:
        page = Page(limit=_MANY, filters={"active": [True]}, descendants=True)
        async with self._transactions(self._everything) as work:
            points = await work.load_points.page(page)
        budgets: dict[StationId, set[LoadBudgetId]] = {}
        for point in points:
            budgets.setdefault(point.station, set()).add(point.budget)
        self._budgets = budgets


def steer_load(
    *,
    reading: Transactions[LoadWork],
    transactions: Transactions[LoadWork],
    steered: SteeredStations,
    everything: Scope,
    clocks: Clocks,
    ids: Ids,
) -> Reaction:
    """Needs no mark: deciding twice orders nothing twice.

    Many events come at once, such as the answers of all stations of a site: while it is being looked at,
    it is noted that it has to be looked at once more, not once for each.
    """
    running: set[LoadBudgetId] = set()
    waiting: set[LoadBudgetId] = set()

    async def look_at(budget: LoadBudgetId, scope: Scope, restarted: StationId | None = None) -> None:
        await steer_patiently(
            budget,
            reading=reading,
            transactions=transactions,
            everything=everything,
            clock=clocks.of(scope.path),
            ids=ids,
            restarted=restarted,
        )

    async def look_soon(budget: LoadBudgetId, scope: Scope) -> None:
        waiting.add(budget)
        if budget in running:
            return
        running.add(budget)
        try:
            while budget in waiting:
                waiting.discard(budget)
                await look_at(budget, scope)
        finally:
            running.discard(budget)

    async def react(event: Event, scope: Scope) -> None:
        if event.type in _OF_LOADS:
            budgets = await _concerned(event, transactions, steered, everything)
        elif event.type.startswith("command.") and event.data["kind"] != _KIND:
            return
        else:
            station = StationId(parse_id("sta", str(event.data["station"])))
            budgets = await steered.budgets(station)
            if event.type == "station.booted":
                # What a restart means must not get lost: it is looked at for itself.
                for budget in sorted(budgets):
                    await look_at(budget, scope, station)
                return
        for budget in sorted(budgets):
            await look_soon(budget, scope)

    return Reaction(name="steer-load", types=_OF_LOADS | _OF_STATIONS, react=react)


async def _concerned(
    event: Event, transactions: Transactions[LoadWork], steered: SteeredStations, everything: Scope
) -> set[LoadBudgetId]:
    """The budgets that a record of a load belongs to."""
    record, id = event.type.partition(".")[0], event.subject
    if record == "load_budget":
        return {LoadBudgetId(parse_id("lbu", id))}
    if record == "load_point":
        await steered.load()
    async with transactions(everything) as work:
        if record == "load_point":
            return {(await work.load_points.get(parse_id("lpt", id))).budget}
        if record == "load_limit":
            return {(await work.load_limits.get(parse_id("lli", id))).budget}
        priority = await work.load_priorities.get(parse_id("lpr", id))
        session = await work.sessions.get(priority.session)
    return await steered.budgets(session.station)


async def steer_patiently(
    budget: LoadBudgetId,
    *,
    reading: Transactions[LoadWork],
    transactions: Transactions[LoadWork],
    everything: Scope,
    clock: Clock,
    ids: Ids,
    restarted: StationId | None = None,
) -> None:
    """Steer a site; where somebody else decides at the same moment, look again at what he has decided."""
    for attempt in range(_TRIES):
        try:
            await steer_site(
                budget,
                scope=everything,
                reading=reading,
                transactions=transactions,
                clock=clock,
                ids=ids,
                restarted=restarted,
            )
            return
        except StaleWrite:
            if attempt == _TRIES - 1:
                raise
