"""A unit of work for many statements at once: it knows beforehand what they ask for, and stores together
what they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import attrs

from emobility_app.http.external_ids import is_id, is_named
from emobility_app.http.records import Resource
from emobility_app.transfers import Row
from emobility_core.ids import MalformedId, parse_id
from emobility_core.work import Event, Ownership, Page, Record


class GatheredRecords:
    """A port of master records over those that were looked up; what is added and replaced waits for the
    end. All else it asks of the port itself."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._by_id: dict[UUID, Any] = {}
        self._by_name: dict[str, Any] = {}
        self.added: list[Any] = []
        self.replaced: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def look_up(self, name: str, values: Sequence[object], *, own: bool = False) -> list[Any]:
        """Know the records whose attribute has one of these values, of one's `own` tenant alone."""
        if not values:
            return []
        found: list[Any] = await self._inner.page(attrs.evolve(Page.of(name, values), descendants=not own))
        for record in found:
            self._by_id[record.id] = record
            self._by_name |= {f"{system}:{there}": record for system, there in record.external_ids.items()}
        return found

    def named(self, name: str) -> Any:
        """The record of one's own with this name in another system, if it was looked up and is there."""
        return self._by_name.get(name)

    async def get(self, id: UUID) -> Any:
        known = self._by_id.get(id)
        return await self._inner.get(id) if known is None else known

    async def page(self, page: Page) -> list[Any]:
        if page.filters.keys() != {"external_id"}:
            found: list[Any] = await self._inner.page(page)
            return found
        names = map(str, page.filters["external_id"])
        return [self._by_name[name] for name in names if name in self._by_name]

    async def add(self, record: Any) -> None:
        self.added.append(record)

    async def replace(self, record: Any) -> Any:
        self.replaced.append(record)
        return attrs.evolve(record, version=record.version + 1)

    async def store(self) -> None:
        await self._inner.add_all(self.added)
        await self._inner.replace_all(self.replaced)


class GatheredOwnerships:
    """What systems own of the records that were looked up."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._known: dict[tuple[UUID, str], Ownership] = {}
        self.added: list[Ownership] = []
        self.replaced: list[Ownership] = []

    async def look_up(self, records: Sequence[Record]) -> None:
        """Know what each system that has a name for a record owns of it."""
        named: dict[str, list[UUID]] = {}
        for record in records:
            for system in record.external_ids:
                named.setdefault(system, []).append(record.id)
        for system, ids in named.items():
            found = await self._inner.of(ids, system)
            self._known |= {(one.record, one.system): one for one in found}

    async def find(self, record: UUID, system: str) -> Ownership | None:
        return self._known.get((record, system))

    async def add(self, ownership: Ownership) -> None:
        self.added.append(ownership)

    async def replace(self, ownership: Ownership) -> None:
        self.replaced.append(ownership)

    async def store(self) -> None:
        await self._inner.add(*self.added)
        await self._inner.replace(*self.replaced)


class GatheredOutbox:
    """Events that leave with the unit."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.events: list[Event] = []

    def publish(self, *events: Event) -> None:
        self.events.extend(events)

    def store(self) -> None:
        self._inner.publish(*self.events)


class Gathered:
    """A unit of work over what rows of one kind ask for; each other port is the unit's own."""

    def __init__(self, work: Any, resource: Resource) -> None:
        self._work = work
        self._resource = resource
        ports = {resource.port, *resource.references.values()}
        self._ports = {port: GatheredRecords(getattr(work, port)) for port in ports}
        self.ownerships = GatheredOwnerships(work.ownerships)
        self.outbox = GatheredOutbox(work.outbox)

    def __getattr__(self, name: str) -> Any:
        return self._ports[name] if name in self._ports else getattr(self._work, name)

    async def look_up(self, rows: Sequence[Row], system: str) -> None:
        """Know the records of the rows, what the system owns of them, and what they refer to."""
        mine = self._ports[self._resource.port]
        names = [f"{system}:{row.external_id}" for row in rows if is_id(row.external_id or "")]
        found = await mine.look_up("external_id", names, own=True)
        await self.ownerships.look_up(found)
        for field, port in self._resource.references.items():
            values = [value for row in rows for value in _listed(row.body.get(field))]
            theirs = [f"{system}:{value['external_id']}" for value in values if is_named(value)]
            await self._ports[port].look_up("external_id", theirs, own=True)
            prefix_ids = {id for value in values if (id := _id(value)) is not None}
            prefix_ids |= {id for record in found for id in _listed(getattr(record, field)) if id is not None}
            await self._ports[port].look_up("id", sorted(prefix_ids))

    async def know(self, records: Sequence[Any]) -> None:
        """Know what records refer to."""
        for field, port in self._resource.references.items():
            ids = {id for record in records for id in _listed(getattr(record, field)) if id is not None}
            await self._ports[port].look_up("id", sorted(ids))

    def mark(self) -> tuple[int, ...]:
        """How much is gathered so far."""
        return tuple(map(len, self._lists()))

    def back_to(self, mark: tuple[int, ...]) -> None:
        """Drop what was gathered since."""
        for one, length in zip(self._lists(), mark, strict=True):
            del one[length:]

    async def store(self) -> None:
        """Store all that was gathered, all or nothing of it."""
        await self._ports[self._resource.port].store()
        await self.ownerships.store()
        self.outbox.store()

    def _lists(self) -> list[list[Any]]:
        mine, owned = self._ports[self._resource.port], self.ownerships
        return [mine.added, mine.replaced, owned.added, owned.replaced, self.outbox.events]


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _id(value: Any) -> UUID | None:
    if not isinstance(value, str):
        return None
    try:
        return parse_id(value.partition("_")[0], value)
    except MalformedId:
        return None
