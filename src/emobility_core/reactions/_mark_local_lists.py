"""Something that local lists tell has changed: those along the line are due to be looked at."""

from __future__ import annotations

from typing import Protocol

from emobility_core.ids import Ids, StationId, parse_id
from emobility_core.instants import Clocks
from emobility_core.local_authorization import LocalListWork, NoLocalListKept, keep_list_of, sync_list
from emobility_core.reactions._ports import AlreadyReacted, ReactedEvents, Reaction
from emobility_core.work import Event, Scope, Transactions

NAME = "mark-local-lists"
# A tenant that moves takes its tokens along; one that it leaves is told by an event of its own.
_OF_TOKENS = frozenset(
    {
        "token.created",
        "token.changed",
        "token.blocked",
        "tenant.moved",
        "tenant.departed",
        "tenant.closed",
        "tenant.reopened",
    }
)
_OF_STATIONS = frozenset({"station.registered", "station.changed", "station.firmware_changed"})


class _Work(LocalListWork, Protocol):
    @property
    def reacted(self) -> ReactedEvents: ...


def mark_local_lists(
    *, transactions: Transactions[_Work], everything: Scope, clocks: Clocks, ids: Ids
) -> Reaction:
    """`everything` sees all tenants: a token counts above its own tenant as well as below."""

    async def react(event: Event, scope: Scope) -> None:
        try:
            async with transactions(everything if event.type in _OF_TOKENS else scope) as work:
                await work.reacted.mark(NAME, event.id)
                if event.type in _OF_TOKENS:
                    # A test tenant may be ahead of those above it: there its token counts now.
                    now = clocks.of(everything.path).now()
                    await work.local_lists.mark(scope.path, at=min(event.at, now))
                else:
                    await _of_station(event, work, ids)
        except AlreadyReacted:
            return

    return Reaction(name=NAME, types=_OF_TOKENS | _OF_STATIONS, react=react)


async def _of_station(event: Event, work: _Work, ids: Ids) -> None:
    station = StationId(parse_id("sta", str(event.data["station"])))
    if event.type != "station.firmware_changed":
        await keep_list_of(station, work=work, at=event.at, ids=ids)
        return
    # A new firmware may have lost the list: the station is asked for its version.
    try:
        await sync_list(station, whole=False, work=work, at=event.at, ids=ids)
    except NoLocalListKept:
        return
