"""Keeping local lists: due after a change, sent while the station is there, and followed to its answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from emobility_core.commands import (
    Command,
    CommandStatus,
    CommandWork,
    GetLocalListVersion,
    SendLocalList,
    queue_commands,
)
from emobility_core.configuration import StationConfigurations
from emobility_core.customers import Token
from emobility_core.ids import EventId, Ids, LocalListId, StationId, TenantId, shown
from emobility_core.instants import Clock, Instant
from emobility_core.local_authorization._local_list import (
    VERIFIED_FOR,
    DueList,
    Listing,
    LocalList,
    NoLocalListKept,
    limits_of,
    listing_of,
    next_change,
)
from emobility_core.local_authorization._ports import ListedTokens, LocalLists
from emobility_core.network import LocalListPolicy, Station
from emobility_core.work import Event, Page, Records, Scope, StaleWrite, Transactions

# The tokens are read once for so many lists; so many of these share a unit, that others may write as well.
_AT_ONCE, _IN_A_UNIT = 5_000, 100
# No station of today holds more.
MOST_TOKENS = 10_000


class LocalListWork(CommandWork, Protocol):
    @property
    def stations(self) -> Records[Station]: ...
    @property
    def station_configurations(self) -> StationConfigurations: ...
    @property
    def local_lists(self) -> LocalLists: ...


async def keep_list_of(station: StationId, *, work: LocalListWork, at: Instant, ids: Ids) -> LocalList | None:
    """See to it that a station has the local list that it is to have; None where it is to have none.

    A list that is not to be kept any more is emptied and stays on record.
    """
    known = await work.stations.get(station)
    kept = await work.local_lists.find(station)
    if kept is not None:
        return await work.local_lists.replace(kept.to_be_looked_at(at=at))
    if known.local_list is LocalListPolicy.NONE:
        return None
    made = LocalList(
        id=LocalListId(ids.uuid7(at)),
        tenant=known.tenant,
        created_at=at,
        updated_at=at,
        station=station,
        due_at=at,
    )
    await work.local_lists.add(made)
    return made


async def sync_list(
    station: StationId, *, whole: bool, work: LocalListWork, at: Instant, ids: Ids
) -> LocalList:
    """Look at a station's list at once, asking for its version first, or sending the `whole` anew.

    Raises `UnknownStation`, and `NoLocalListKept` for one that is to have none.
    """
    kept = await keep_list_of(station, work=work, at=at, ids=ids)
    if kept is None:
        raise NoLocalListKept(station)
    return await work.local_lists.replace(kept.to_be_checked(whole=whole, at=at))


async def send_local_lists(
    *,
    scope: Scope,
    reading: Transactions[LocalListWork],
    transactions: Transactions[LocalListWork],
    tokens: ListedTokens,
    clock: Clock,
    ids: Ids,
) -> int:
    """Ask stations that are there for what their lists are due to take; return how many were looked at.

    Many lists of a tenant are one unit; one each where somebody changes one of them at this moment. One that
    became due again meanwhile is looked at the next time.
    """
    now = clock.now()
    async with reading(scope) as work:
        due = await work.local_lists.due(now, limit=_AT_ONCE)

    async def look(lists: Sequence[DueList], counting: _Counting) -> None:
        try:
            async with transactions(scope) as work:
                await _look(lists, counting, work, now, ids)
        except StaleWrite:
            for one in lists if len(lists) > 1 else ():
                await look([one], counting)

    of_tenants: defaultdict[TenantId, list[DueList]] = defaultdict(list)
    for one in due:
        of_tenants[one.tenant].append(one)
    for tenant, lists in of_tenants.items():
        counting = _Counting(await tokens.of(tenant, most=MOST_TOKENS), now)
        for first in range(0, len(lists), _IN_A_UNIT):
            await look(lists[first : first + _IN_A_UNIT], counting)
    return len(due)


async def next_look(*, scope: Scope, reading: Transactions[LocalListWork], until: Instant) -> Instant | None:
    """When, up to `until`, the first list of a station that is there is due, None if none is."""
    async with reading(scope) as work:
        due = await work.local_lists.due(until, limit=1)
        return (await work.local_lists.get(due[0].id)).due_at if due else None


class _Counting:
    """The tokens that count at a tenant's stations, and what many stations share: the listings of them."""

    def __init__(self, tokens: list[Token], now: Instant) -> None:
        self._tokens = tokens
        self._now = now
        self._listings: dict[int, Listing] = {}
        self.changes_at = next_change(tokens, after=now)

    def listing(self, most: int) -> Listing:
        if most not in self._listings:
            self._listings[most] = listing_of(self._tokens, at=self._now, most=most)
        return self._listings[most]


async def _look(
    due: Sequence[DueList], counting: _Counting, work: LocalListWork, now: Instant, ids: Ids
) -> None:
    versions = {one.id: one.version for one in due}
    found = await work.local_lists.page(Page.of("id", list(versions)))
    # Of one that has changed since, what was read of tokens may be older than what made it due again.
    lists = {one.station: one for one in found if one.version == versions[one.id]}
    if not lists:
        return
    known = await work.station_configurations.of(*lists)
    configurations = {one.station: one for one in known}
    orders: list[tuple[SendLocalList | GetLocalListVersion, Station]] = []
    in_step: list[LocalList] = []
    for station in await work.stations.page(Page.of("id", list(lists))):
        kept, limits = lists[station.id], limits_of(configurations.get(station.id))
        is_kept = station.local_list is LocalListPolicy.ALL
        order = kept.next_order(counting.listing(limits.in_all) if is_kept else Listing(), limits, at=now)
        if order is not None:
            orders.append((order, station))
            continue
        due_at = _again(counting.changes_at, now) if is_kept else None
        in_step.append(kept.in_step(at=now, due_at=due_at))
        if kept.has_changed:
            work.outbox.publish(list_event("local_list.synced", in_step[-1], ids))
    commands = await queue_commands(work, orders, at=now, ids=ids)
    asked = [
        lists[command.station].asked(order, command)
        for (order, _), command in zip(orders, commands, strict=True)
    ]
    await work.local_lists.replace_all([*in_step, *asked])


def _again(changes_at: Instant | None, now: Instant) -> Instant:
    """When the clock changes what is to be listed, or the version is to be asked for again."""
    verify = Instant(now + VERIFIED_FOR)
    return verify if changes_at is None else min(verify, changes_at)


async def settle_lists(commands: Sequence[Command], *, work: LocalListWork, clock: Clock, ids: Ids) -> None:
    """Take what came of the orders that lists await. After one of somebody else's, a list is sent anew."""
    stations = list({command.station for command in commands})
    found = {one.station: one for one in await work.local_lists.page(Page.of("station", stations))}
    lists = dict(found)
    for command in commands:
        kept = lists.get(command.station)
        if kept is None:
            continue
        if kept.command == command.id:
            settled = lists[command.station] = kept.settled(command, at=clock.now())
            if settled.error not in (None, kept.error, *_NOT_SENT):
                work.outbox.publish(list_event("local_list.failed", settled, ids))
        elif isinstance(command.order, SendLocalList):
            lists[command.station] = kept.to_be_checked(whole=True, at=clock.now())
    await work.local_lists.replace_all([one for one in lists.values() if one is not found[one.station]])


# Nothing has failed yet: it is sent once the station is there, or has time.
_NOT_SENT = (CommandStatus.OFFLINE.value, CommandStatus.BUSY.value)


def list_event(kind: str, kept: LocalList, ids: Ids) -> Event:
    data: Mapping[str, object] = {
        "local_list": shown("lal", kept.id),
        "station": shown("sta", kept.station),
        "version": kept.held_version,
        "entries": None if kept.held is None else len(kept.held),
        "error": kept.error,
    }
    return Event(
        id=EventId(ids.uuid7(kept.updated_at)),
        tenant=kept.tenant,
        type=kind,
        subject=shown("lal", kept.id),
        at=kept.updated_at,
        data=data,
    )
