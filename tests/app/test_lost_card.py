"""A lost card is off the lists of many stations at the price of a few units of work, deaf ones or not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs
import sqlalchemy as sa

from emobility_adapters.sql.engine import Database, open_database
from emobility_adapters.sql.feed import SqlFeed
from emobility_adapters.sql.hot.directories import Tree
from emobility_adapters.sql.hot.listed import SqlListedTokens
from emobility_adapters.sql.positions import SqlPositions
from emobility_adapters.sql.work import SqlTransactions
from emobility_app.relay import Relay, Tail
from emobility_app.together import ServedTogether
from emobility_core.commands import Command, CommandKind, CommandStatus, SendLocalList, StationAnswer
from emobility_core.customers import Token
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import OneClock
from emobility_core.local_authorization import LocalList, clear_caches, send_local_lists
from emobility_core.network import LocalListPolicy
from emobility_core.reactions import (
    Reaction,
    mark_local_lists,
    owe_cache_clearings,
    send_commands,
    settle_local_lists,
)
from emobility_core.tenancy import Tenant
from emobility_core.testing.builders import (
    make_event,
    make_local_list,
    make_station,
    make_station_state,
    make_tenant,
    make_token,
)
from emobility_core.testing.clock import NOON, FrozenClock, SeededIds
from emobility_core.work import Event, Page, Scope, StaleWrite

PATIENCE_S = 60.0
STATIONS = 50
# Two orders, two answers, and the look at what came of them; one station after the other they were 50.
STATEMENTS_PER_LIST = 5
# What is said by the clock, or by the driver, however many lists there are.
_ANYWAY = ("BEGIN", "FROM event", "WITH waiting", "subscriber_position", "set_config")
_LISTS = CommandKind.SEND_LOCAL_LIST.value


@attrs.define
class Line:
    """Stations that take at once whatever they are sent; those that are deaf never answer."""

    deaf: frozenset[StationId] = frozenset()
    sent: list[Command] = attrs.field(factory=list)

    async def send(self, command: Command) -> StationAnswer:
        self.sent.append(command)
        if command.station in self.deaf:
            await asyncio.Event().wait()
        return StationAnswer(CommandStatus.EFFECTIVE, content={"status": "Accepted"})

    def entries(self) -> Counter[tuple[StationId, str]]:
        """What lists were sent, entry by entry."""
        orders = ((one.station, one.order) for one in self.sent if isinstance(one.order, SendLocalList))
        return Counter((of, f"{one.id_tag} {one.status}") for of, order in orders for one in order.entries)


@attrs.define(kw_only=True)
class House:
    """A server without its wires: the database, the reactions, and what it does every few seconds."""

    database: Database
    transactions: SqlTransactions
    root: Tenant
    line: Line = attrs.field(factory=Line)
    clock: FrozenClock = attrs.field(factory=FrozenClock)
    ids: SeededIds = attrs.field(factory=lambda: SeededIds(1000))
    settled: Counter[str] = attrs.field(factory=Counter)
    more: asyncio.Condition = attrs.field(factory=asyncio.Condition)
    said: list[str] = attrs.field(factory=list)

    @property
    def everything(self) -> Scope:
        return Scope.system(TenantId(self.root.id), "/", "test")

    async def stations(self, many: int, *tokens: Token) -> list[StationId]:
        """So many that are there and hold a list of these tokens."""
        tenant = TenantId(self.root.id)
        stations = [make_station(tenant=tenant, local_list=LocalListPolicy.ALL) for _ in range(many)]
        held = {token.id_tag.text: "Accepted||" for token in tokens}
        kept = [
            make_local_list(tenant=tenant, station=one.id, held=held, verified_at=NOON) for one in stations
        ]
        async with self.transactions(self.everything) as work:
            await work.tokens.add_all(tokens)
            await work.stations.add_all(stations)
            await work.local_lists.add_all(kept)
            for station in stations:
                state = make_station_state(tenant=tenant, station=station.id, online=True)
                await work.station_states.put(state)
        return [station.id for station in stations]

    async def lose(self, token: Token) -> None:
        """Its holder tells, and it is blocked."""
        async with self.transactions(self.everything) as work:
            await work.tokens.replace(attrs.evolve(token, blocked=True, blocked_since=NOON))
        bound: dict[str, Any] = {"transactions": self.transactions, "everything": self.everything}
        blocked = make_event(tenant=self.root.id, type="token.blocked", at=NOON)
        marking = mark_local_lists(clocks=OneClock(self.clock), ids=self.ids, **bound)
        for reaction in (marking, owe_cache_clearings(**bound)):
            await reaction.react(blocked, Scope.system(blocked.tenant, self.root.path, "test"))

    async def look(self, transactions: Any = None) -> int:
        """One round."""
        tree = Tree(lambda: self.database.reading(self.everything))
        bound: dict[str, Any] = {
            "scope": self.everything,
            "reading": self.transactions.reading,
            "transactions": transactions or self.transactions,
            "clock": self.clock,
            "ids": self.ids,
        }
        tokens = SqlListedTokens(lambda: self.database.reading(self.everything), tree)
        return await clear_caches(**bound) + await send_local_lists(tokens=tokens, **bound)

    async def answered(self, many: int) -> None:
        """So many lists were sent, taken, and noted as held."""
        async with asyncio.timeout(PATIENCE_S), self.more:
            await self.more.wait_for(lambda: self.settled[_LISTS] >= many)

    async def lists(self) -> list[LocalList]:
        async with self.transactions.reading(self.everything) as work:
            return await work.local_lists.page(Page(limit=10_000, descendants=True))

    def reactions(self) -> list[Reaction]:
        bound: dict[str, Any] = {"transactions": self.transactions, "together": ServedTogether}
        told: dict[str, Any] = {"clocks": OneClock(self.clock), "ids": self.ids}
        settle = settle_local_lists(**told, **bound)

        async def settled(event: Event, scope: Scope) -> None:
            await settle.react(event, scope)
            async with self.more:
                self.settled[str(event.data["kind"])] += 1
                self.more.notify_all()

        return [
            attrs.evolve(settle, react=settled),
            owe_cache_clearings(everything=self.everything, **bound),
            send_commands(line=self.line, **told, **bound),
        ]

    def listen(self, _c: Any, _cursor: Any, statement: str, _v: Any, _x: Any, _many: bool) -> None:
        if not any(words in statement for words in _ANYWAY):
            self.said.append(statement)


@asynccontextmanager
async def a_house(url: str) -> AsyncIterator[House]:
    root = make_tenant()
    everything = Scope.system(TenantId(root.id), "/", "test")
    database = open_database(url)
    feed = SqlFeed(database, everything)
    house = House(database=database, transactions=SqlTransactions(database, feed.wake), root=root)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.dispose)
        async with house.transactions(everything) as work:
            await work.tenants.add(root)
        await stack.enter_async_context(feed.placing())
        tail = Tail(feed, everything)
        await tail.start()

        async def path_of(_: TenantId) -> str:
            return root.path

        positions = SqlPositions(database, everything, house.clock)
        await positions.enter([one.name for one in house.reactions()])
        relay = Relay(tail, house.reactions(), positions, path_of)
        jobs = [asyncio.create_task(tail.run()), asyncio.create_task(relay.run())]
        for engine in {id(one): one for one in (database.writer, database.reader)}.values():
            sa.event.listen(engine.sync_engine, "before_cursor_execute", house.listen)
        yield house
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


async def test_after_one_round_every_list_is_without_it_at_a_few_statements_a_list(database_url: str) -> None:
    lost, kept = make_token(), make_token()
    async with a_house(database_url) as house:
        lost, kept = (attrs.evolve(one, tenant=house.root.id) for one in (lost, kept))
        stations = await house.stations(STATIONS, lost, kept)
        house.said.clear()
        await house.lose(lost)
        assert await house.look() == 2 * STATIONS
        await house.answered(STATIONS)
        assert await house.look() == STATIONS
        said = len(house.said)
        assert await house.look() == 0
        lists = await house.lists()
    gone = f"{lost.id_tag.text} ListedStatus.BLOCKED"
    assert house.line.entries() == Counter((station, gone) for station in stations)
    assert {(one.synced_at, (one.held or {})[lost.id_tag.text]) for one in lists} == {(NOON, "Blocked||")}
    assert said <= STATEMENTS_PER_LIST * STATIONS


async def test_stations_that_are_deaf_hold_up_none(sqlite_url: str) -> None:
    async with a_house(sqlite_url) as house:
        lost = make_token(tenant=house.root.id)
        # More orders than any other reaction is at work on at once, and all of them first.
        deaf = await house.stations(510, lost)
        house.line.deaf = frozenset(deaf)
        hearing = await house.stations(STATIONS)
        async with house.transactions(house.everything) as work:
            lists = await work.local_lists.page(Page.of("station", hearing))
            held = {lost.id_tag.text: "Accepted||"}
            await work.local_lists.replace_all([attrs.evolve(one, held=held) for one in lists])
        await house.lose(lost)
        house.said.clear()
        await house.look()
        tokens_read = sum("FROM token" in one for one in house.said)
        await house.answered(STATIONS)
        synced = [one.station for one in await house.lists() if one.acknowledged_at is not None]
    assert sorted(synced) == sorted(hearing)
    # Those of the tenant, and those of tenants below, for however many lists.
    assert tokens_read == 2


async def test_where_somebody_changes_one_list_at_this_moment_the_others_are_sent(sqlite_url: str) -> None:
    async with a_house(sqlite_url) as house:
        lost = make_token(tenant=house.root.id)
        contended, *others = await house.stations(3, lost)

        @asynccontextmanager
        async def transactions(scope: Scope) -> AsyncIterator[Any]:
            async with house.transactions(scope) as work:
                yield work
                changed = await work.local_lists.find(contended)
                if changed is not None and changed.command is not None:
                    raise StaleWrite(changed.id)

        await house.lose(lost)
        await house.look(transactions)
        await house.answered(2)
        assert {station for station, _ in house.line.entries()} == set(others)
        await house.look()
        await house.answered(3)
    assert {station for station, _ in house.line.entries()} == {contended, *others}
