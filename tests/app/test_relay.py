"""Every event reaches each reaction, whatever becomes of the database or of other reactions meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import attrs
import pytest

from emobility_adapters.memory import MemoryStore
from emobility_app.relay import Relay, Tail
from emobility_core.errors import Conflict, Unavailable
from emobility_core.ids import TenantId
from emobility_core.reactions import Reaction
from emobility_core.testing.builders import TENANT, make_event
from emobility_core.testing.contracts import Seeded, seeded
from emobility_core.work import Event, Scope

EVERYTHING = Scope(TENANT, "/", "test")


@attrs.frozen
class Away(Unavailable):
    """The database is away.

    Remedy: wait.
    """

    code = "away-for-a-test"


@attrs.frozen
class Refused(Conflict):
    """The reaction cannot do it now.

    Remedy: none.
    """

    code = "refused-for-a-test"


@attrs.define
class Kept:
    """Positions and parked events in memory; away while told so."""

    away: bool = False
    positions: dict[str, int] = attrs.field(factory=dict)
    waiting: list[tuple[str, Event]] = attrs.field(factory=list)
    changed: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def load(self, subscriber: str) -> int:
        self._reach()
        return self.positions.get(subscriber, 0)

    async def save(self, subscriber: str, position: int) -> None:
        self._reach()
        self.positions[subscriber] = position

    async def park(self, subscriber: str, event: Event, error: str) -> None:
        self._reach()
        self.waiting.append((subscriber, event))
        self.changed.set()

    async def parked(self, subscriber: str) -> list[Event]:
        self._reach()
        return [event for name, event in self.waiting if name == subscriber]

    async def unpark(self, subscriber: str, event: Event) -> None:
        self._reach()
        self.waiting.remove((subscriber, event))
        self.changed.set()

    @property
    def subjects(self) -> list[tuple[str, str]]:
        return [(subscriber, event.subject) for subscriber, event in self.waiting]

    def _reach(self) -> None:
        if self.away:
            raise Away()


@attrs.define
class Heard:
    """A reaction that fails as told, then notes the event."""

    failures: list[Exception] = attrs.field(factory=list)
    subjects: list[str] = attrs.field(factory=list)
    done: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def react(self, event: Event, scope: Scope) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.subjects.append(event.subject)
        self.done.set()

    def named(self, name: str) -> Reaction:
        return Reaction(name=name, types=frozenset({"thing.happened"}), react=self.react)


@pytest.fixture
async def store() -> Seeded:
    memory = MemoryStore()
    return await seeded(memory.transactions, feed=memory.feed)


@asynccontextmanager
async def _running(store: Seeded, kept: Kept, *reactions: Reaction) -> AsyncIterator[None]:
    async def path_of(tenant: TenantId) -> str:
        return "/"

    assert store.feed is not None
    tail = Tail(store.feed, EVERYTHING)
    relay = Relay(tail, reactions, kept, path_of, pauses_s=(0.0, 0.0), away_s=0.0)
    jobs = [asyncio.create_task(tail.run()), asyncio.create_task(relay.run())]
    try:
        async with asyncio.timeout(20):
            yield
    finally:
        for job in jobs:
            job.cancel()
            with suppress(asyncio.CancelledError):
                await job


async def _happen(store: Seeded, subject: str) -> None:
    async with store.unit() as work:
        work.outbox.publish(make_event(tenant=store.a.id, type="thing.happened", subject=subject))


async def test_while_the_database_is_away_nothing_is_parked_and_then_everything_goes_on(
    store: Seeded,
) -> None:
    kept, heard = Kept(away=True), Heard(failures=[Away()] * 50)
    await _happen(store, "first")
    async with _running(store, kept, heard.named("reaction")):
        for _ in range(20):
            await asyncio.sleep(0)
        kept.away = False
        await heard.done.wait()
    assert (heard.subjects, kept.waiting) == (["first"], [])


async def test_what_a_reaction_refuses_for_good_is_parked_and_holds_up_nobody(store: Seeded) -> None:
    kept, stubborn, other = Kept(), Heard(failures=[Refused()] * 3), Heard()
    await _happen(store, "first")
    async with _running(store, kept, stubborn.named("stubborn"), other.named("other")):
        await kept.changed.wait()
        await other.done.wait()
        await _happen(store, "second")
        await stubborn.done.wait()
    assert kept.subjects == [("stubborn", "first")]
    assert stubborn.subjects == ["second"]


async def test_what_was_parked_is_tried_again_at_the_next_start(store: Seeded) -> None:
    event = make_event(tenant=store.a.id, type="thing.happened", subject="parked")
    kept, mended, broken = Kept(), Heard(), Heard(failures=[Refused()])
    kept.waiting = [("mended", event), ("broken", event)]
    async with _running(store, kept, mended.named("mended"), broken.named("broken")):
        await mended.done.wait()
        await kept.changed.wait()
        while broken.failures:
            await asyncio.sleep(0)
    assert (mended.subjects, broken.subjects) == (["parked"], [])
    assert kept.subjects == [("broken", "parked")]


async def test_a_reaction_to_commands_hears_of_those_of_its_kinds(store: Seeded) -> None:
    kept, heard = Kept(), Heard()
    for subject, data in (
        ("of another", {"kind": "reset"}),
        ("of none", {}),
        ("of its own", {"kind": "own"}),
    ):
        event = make_event(tenant=store.a.id, type="thing.happened", subject=subject, data=data)
        async with store.unit() as work:
            work.outbox.publish(event)
    reaction = attrs.evolve(heard.named("reaction"), kinds=frozenset({"own"}))
    async with _running(store, kept, reaction):
        while len(heard.subjects) < 2:
            await asyncio.sleep(0)
    assert heard.subjects == ["of none", "of its own"]


async def test_a_refusal_that_passes_is_tried_again(store: Seeded) -> None:
    kept, heard = Kept(), Heard(failures=[Refused(), Refused()])
    await _happen(store, "first")
    async with _running(store, kept, heard.named("reaction")):
        await heard.done.wait()
    assert (heard.subjects, kept.waiting) == (["first"], [])
