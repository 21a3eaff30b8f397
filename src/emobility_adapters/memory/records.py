"""Master records of every kind, and the two kinds that can be asked for more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import attrs

from emobility_adapters.memory.unit import Unit
from emobility_core.commands import Command, CommandStatus
from emobility_core.configuration import StationConfiguration
from emobility_core.errors import NotFound
from emobility_core.ids import StationId, TenantId
from emobility_core.instants import Instant
from emobility_core.network import QuarantinedStation, StationIdentity, StationState
from emobility_core.tenancy import Tenant, child_path
from emobility_core.work import AlreadyTaken, Page, Record, StaleWrite

R = TypeVar("R", bound=Record)

# A field, its value, and the key that nothing else may hold.
Claim = tuple[str, str, tuple[object, ...]]

_AWAITING = (CommandStatus.SENT, CommandStatus.ACCEPTED)


def no_claims(_: Record) -> Iterable[Claim]:
    return ()


class MemoryRecords(Generic[R]):
    """Records of one kind; `claims` names what must be unique about one besides its external ids."""

    def __init__(
        self,
        unit: Unit,
        name: str,
        unknown: Callable[[UUID], NotFound],
        claims: Callable[[R], Iterable[Claim]] = no_claims,
    ) -> None:
        self._unit = unit
        self._rows = unit.rows(name)
        self._taken = unit.rows(f"{name} taken")
        self._unknown = unknown
        self._claims = claims

    async def get(self, id: UUID) -> R:
        record: R | None = self._rows.get(id)
        if record is None or not self._unit.shows(record):
            raise self._unknown(id)
        return record

    async def get_for_change(self, id: UUID) -> R:
        return await self.get(id)

    async def add(self, record: R) -> None:
        self._require(record)
        if self._rows.get(record.id) is not None:
            raise AlreadyTaken("id", str(record.id))
        self._claim(record)
        self._rows.put(record.id, record)

    async def replace(self, record: R) -> R:
        before = await self.get(record.id)
        self._require(record)
        if before.version != record.version:
            raise StaleWrite(record.id)
        for _, _, key in self._all_claims(before):
            self._taken.drop(key)
        self._claim(record)
        stored = attrs.evolve(record, version=record.version + 1)
        self._rows.put(record.id, stored)
        return stored

    async def add_all(self, records: Sequence[R]) -> None:
        for record in records:
            await self.add(record)

    async def replace_all(self, records: Sequence[R]) -> list[R]:
        return [await self.replace(record) for record in records]

    async def remove(self, id: UUID) -> None:
        """Drop a record if it is there and the scope sees it."""
        known: R | None = self._rows.get(id)
        if known is not None and self._unit.shows(known):
            for _, _, key in self._all_claims(known):
                self._taken.drop(key)
            self._rows.drop(id)

    async def page(self, page: Page) -> list[R]:
        visible = (one for one in self.visible(descendants=page.descendants) if _updated(one, page))
        return paged(visible, page)

    async def count(self, page: Page) -> int:
        return len(await self.page(page))

    def visible(self, *, descendants: bool = True) -> Iterator[R]:
        return (one for one in self._rows.values() if self._unit.shows(one, descendants=descendants))

    def _require(self, record: R) -> None:
        self._unit.require(record)

    def _claim(self, record: R) -> None:
        for field, value, key in self._all_claims(record):
            if self._taken.get(key) not in (None, record.id):
                raise AlreadyTaken(field, value)
            self._taken.put(key, record.id)

    def _all_claims(self, record: R) -> Iterator[Claim]:
        yield from self._claims(record)
        for system, there in record.external_ids.items():
            yield "external_ids", f"{system}:{there}", ("external", record.tenant, system, there)


class MemoryHandedDown(MemoryRecords[R]):
    """Records that count below their tenant as well."""

    async def along(self, path: str) -> list[R]:
        scope = self._unit.scope
        if scope.stations is not None or not scope.sees(path):
            return []
        places = {UUID(hex=part): place for place, part in enumerate(path.strip("/").split("/"))}
        found = [one for one in self._rows.values() if one.tenant in places]
        return sorted(found, key=lambda one: (places[one.tenant], one.id))


class MemoryTenants(MemoryRecords[Tenant]):
    """Tenants: a new one brings its own place in the tree."""

    def _require(self, record: Tenant) -> None:
        if not self._unit.scope.sees(record.path) or self._unit.scope.stations is not None:
            raise self._unknown(record.id)

    async def line(self, id: TenantId) -> list[Tenant]:
        line = (await self.get(id)).line
        return sorted((one for one in self._rows.values() if one.id in line), key=lambda one: len(one.path))

    async def below(self, id: TenantId) -> list[Tenant]:
        here = (await self.get(id)).path
        return sorted((one for one in self.visible() if one.path.startswith(here)), key=lambda one: one.path)

    async def hold(self) -> None:
        """A unit is alone from its beginning."""

    async def move(self, tenant: TenantId, to: TenantId, *, at: Instant) -> None:
        moved, target = await self.get(tenant), await self.get(to)
        path = child_path(target, tenant)
        for one in await self.below(tenant):
            there = attrs.evolve(
                one,
                path=path + one.path.removeprefix(moved.path),
                parent=to if one.id == tenant else one.parent,
                version=one.version + 1,
                updated_at=at,
            )
            self._rows.put(one.id, there)


class MemoryCommands(MemoryRecords[Command]):
    """Commands to stations."""

    async def waiting(self, station: StationId) -> list[Command]:
        return self._chosen(lambda one: one.station == station and one.status in _AWAITING)

    async def overdue(self, at: Instant, *, limit: int) -> list[Command]:
        late = self._chosen(lambda one: not one.status.is_final and one.deadline < at)
        return sorted(late, key=lambda one: (one.deadline, one.id))[:limit]

    def _chosen(self, choice: Callable[[Command], bool]) -> list[Command]:
        return sorted(filter(choice, self.visible()), key=lambda one: one.id)


class MemoryQuarantinedStations(MemoryRecords[QuarantinedStation]):
    """Unknown stations that were let in to be seen."""

    async def find(self, identity: StationIdentity) -> QuarantinedStation | None:
        return next((one for one in self.visible() if one.identity == identity), None)

    async def forget(self, before: Instant) -> None:
        for old in [one for one in self.visible() if one.last_seen_at < before]:
            await self.remove(old.id)


class MemoryStationConfigurations(MemoryRecords[StationConfiguration]):
    """What is known of stations' configurations."""

    async def find(self, station: StationId) -> StationConfiguration | None:
        return next(iter(await self.of(station)), None)

    async def of(self, *stations: StationId) -> list[StationConfiguration]:
        return [one for one in self.visible() if one.station in stations]

    async def online_after(
        self, station: StationId | None, *, limit: int
    ) -> list[tuple[StationState, StationConfiguration | None]]:
        states: list[StationState] = [
            one
            for one in self._unit.rows("station states").values()
            if one.online and self._unit.shows(one) and (station is None or one.station > station)
        ]
        first = sorted(states, key=lambda one: one.station)[:limit]
        return [(one, await self.find(one.station)) for one in first]


P = TypeVar("P")


def paged(rows: Iterable[P], page: Page) -> list[P]:
    """The page's cut of what may be seen."""
    fitting = [one for one in rows if _behind(one, page) and _matches(one, page)]
    fitting.sort(key=_id, reverse=page.backwards)
    return fitting[: page.limit]


def _id(record: Any) -> UUID:
    id: UUID = record.id
    return id


def _behind(record: object, page: Page) -> bool:
    if page.after is None:
        return True
    return _id(record) < page.after if page.backwards else _id(record) > page.after


def _updated(record: Record, page: Page) -> bool:
    return page.updated_after is None or record.updated_at > page.updated_after


def _matches(record: object, page: Page) -> bool:
    return all(_allows(record, name, allowed) for name, allowed in page.filters.items())


def _allows(record: Any, name: str, allowed: Sequence[object]) -> bool:
    if name == "external_id":
        return any(f"{system}:{there}" in allowed for system, there in record.external_ids.items())
    if name == "state" and not hasattr(record, name):
        return _state(record) in allowed
    value = getattr(record, name)
    return any(one in allowed for one in value) if isinstance(value, tuple) else value in allowed


def _state(record: object) -> str:
    return type(record).__name__.removesuffix("Session").lower()
