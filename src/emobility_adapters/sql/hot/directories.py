"""Stations, tokens and tariffs from memory: read through, forgotten when an event says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from emobility_adapters.sql import _tables as tables
from emobility_adapters.sql._rows import rows
from emobility_adapters.sql.hot.gathered import Gathered
from emobility_adapters.sql.hot.remembered import Remembered
from emobility_core.customers import Contract, Customer, IdTag, Token, user_groups_at
from emobility_core.errors import Unavailable
from emobility_core.ids import StationId, TariffId, TariffVersionId, TenantId, UserGroupId
from emobility_core.instants import Instant
from emobility_core.network import KnownStation, Station, StationIdentity
from emobility_core.tariffs import Assigned, Situation, TariffAssignment, TariffVersion, choose, version_at
from emobility_core.tenancy import UnknownTenant, in_line
from emobility_core.work import Event

# Opens a connection that sees all tenants; the directories keep to the line of the tree themselves.
Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


@attrs.frozen
class MemoryOutdated(Unavailable):
    """What is remembered of tokens has not been compared with the database for too long.

    Remedy: bring the database back; until then nobody is let in on the strength of memory alone.
    """

    code = "memory-outdated"


class SqlDirectories:
    """Implements the core's `StationDirectory`, `TokenDirectory` and `TariffDirectory` through its parts.

    Whoever follows the feed calls `heed` and `confirm`. Once confirmed, tokens are told from memory only
    for `trusted_s` after the last confirmation; `monotonic` is a clock in seconds.
    """

    def __init__(
        self, connect: Connect, *, trusted_s: float = 30.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.tree = Tree(connect)
        self.stations = Stations(connect, self.tree)
        self.tokens = Tokens(connect, self.tree, self._require_current)
        self.tariffs = Tariffs(connect, self.tree, self.stations)
        self._trusted_s = trusted_s
        self._monotonic = monotonic
        self._confirmed_at: float | None = None

    def confirm(self) -> None:
        """Take note that every change up to now has been heeded."""
        self._confirmed_at = self._monotonic()

    def _require_current(self) -> None:
        confirmed = self._confirmed_at
        if confirmed is not None and self._monotonic() - confirmed > self._trusted_s:
            raise MemoryOutdated()

    def heed(self, event: Event) -> None:
        """Forget what an event says has changed."""
        kind, _, _ = event.type.partition(".")
        if event.type == "tenant.settings_changed":
            return
        if kind == "tenant":
            self.tree.forget()
        if kind in ("station", "tenant") and event.type not in LINE_EVENTS:
            self.stations.forget()
        if kind in ("token", "tenant"):
            self.tokens.forget()
        if kind in ("tariff", "tariff_assignment", "customer", "contract", "tenant"):
            self.tariffs.forget()


# What stations report of themselves changes nothing that the directories know.
LINE_EVENTS = frozenset(
    {
        "station.online",
        "station.offline",
        "station.faulted",
        "station.recovered",
        "station.firmware_changed",
        "station.booted",
        "station.firmware_status",
        "station.upload_status",
        "station.configuration_verified",
        "station.configuration_drifted",
        "station.configuration_unverified",
        "station.reboot_required",
        "station.unreachable",
        "station.reachable",
        "station.clock_drifted",
        "station.security_event",
    }
)


@attrs.frozen
class _Place:
    path: str
    closed: bool


_PLACE = (tables.tenant.c.id, tables.tenant.c.path, tables.tenant.c.closed_at)


class Tree:
    """The tenants' places in the tree, and which of them are closed."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._places: dict[TenantId, _Place] = {}
        self._forgotten = 0

    @property
    def paths(self) -> dict[TenantId, str]:
        return {tenant: place.path for tenant, place in self._places.items()}

    def forget(self) -> None:
        self._places = {}
        self._forgotten += 1

    async def load(self) -> dict[TenantId, _Place]:
        forgotten = self._forgotten
        async with self._connect() as connection:
            found = (await connection.execute(sa.select(*_PLACE))).all()
        places = {TenantId(row.id): _Place(str(row.path), row.closed_at is not None) for row in found}
        # What was read before a tenant moved must not be kept after it.
        if forgotten == self._forgotten:
            self._places = places
        return places

    async def path(self, tenant: TenantId) -> str:
        """Return the tenant's path; raise `UnknownTenant`."""
        return (await self._place(tenant)).path

    async def is_closed(self, tenant: TenantId) -> bool:
        """Whether the tenant acts no more; raise `UnknownTenant`."""
        return (await self._place(tenant)).closed

    async def _place(self, tenant: TenantId) -> _Place:
        known = self._places.get(tenant)
        if known is None:
            # From what was read: an event about another tenant may empty the memory meanwhile. Who asks for
            # what does not exist must not have the whole tree read each time.
            known = await self._read(tenant) if self._places else (await self.load()).get(tenant)
        if known is None:
            raise UnknownTenant(tenant)
        return known

    async def _read(self, tenant: TenantId) -> _Place | None:
        """One that another server may have made since."""
        query = sa.select(*_PLACE).where(tables.tenant.c.id == tenant)
        async with self._connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _Place(str(row.path), row.closed_at is not None)


class Stations:
    def __init__(self, connect: Connect, tree: Tree) -> None:
        self._connect = connect
        self._tree = tree
        self._by_identity = Remembered[str, KnownStation](Gathered(self._load).get)
        self._by_id = Remembered[StationId, Station](Gathered(self._load_ids).get)

    async def find(self, identity: StationIdentity) -> KnownStation | None:
        return await self._by_identity.get(identity.folded)

    async def get(self, id: StationId) -> Station | None:
        return await self._by_id.get(id)

    def forget(self) -> None:
        self._by_identity.forget()
        self._by_id.forget()

    async def _load(self, folded: Sequence[str]) -> dict[str, KnownStation]:
        found = await self._where(tables.station.c.folded.in_(folded))
        return {
            one.identity.folded: KnownStation(station=one, path=await self._tree.path(one.tenant))
            for one in found
        }

    async def _load_ids(self, ids: Sequence[StationId]) -> dict[StationId, Station]:
        return {StationId(one.id): one for one in await self._where(tables.station.c.id.in_(ids))}

    async def _where(self, condition: sa.ColumnElement[bool]) -> list[Station]:
        async with self._connect() as connection:
            found = (await connection.execute(sa.select(tables.station).where(condition))).mappings().all()
        return [rows.structure(row, Station) for row in found]


@attrs.frozen
class _Candidate:
    path: str
    token: Token


class Tokens:
    def __init__(self, connect: Connect, tree: Tree, require_current: Callable[[], None]) -> None:
        self._connect = connect
        self._tree = tree
        self._require_current = require_current
        self._by_tag = Remembered[str, tuple[_Candidate, ...]](Gathered(self._load).get)

    async def find(self, id_tag: IdTag, *, at_tenant: TenantId) -> Token | None:
        self._require_current()
        candidates = await self._by_tag.get(id_tag.folded)
        if candidates is None:
            return None
        here = await self._tree.path(at_tenant)
        fitting = [
            one
            for one in candidates
            if in_line(here, one.path) and not await self._tree.is_closed(one.token.tenant)
        ]
        if await self._tree.is_closed(at_tenant):
            return None
        nearest = min(fitting, key=lambda one: _distance(here, one), default=None)
        return None if nearest is None else nearest.token

    async def anywhere(self, id_tag: IdTag) -> tuple[tuple[str, Token], ...]:
        """All tokens of the tag with the paths of their tenants, none of closed ones, the oldest first."""
        self._require_current()
        found = await self._by_tag.get(id_tag.folded) or ()
        still = [one for one in found if not await self._tree.is_closed(one.token.tenant)]
        return tuple((one.path, one.token) for one in sorted(still, key=lambda one: one.token.id))

    def forget(self) -> None:
        self._by_tag.forget()

    async def _load(self, folded: Sequence[str]) -> dict[str, tuple[_Candidate, ...]]:
        query = sa.select(tables.token).where(tables.token.c.folded.in_(folded))
        async with self._connect() as connection:
            rows_found = (await connection.execute(query)).mappings().all()
        found: dict[str, tuple[_Candidate, ...]] = {}
        for token in [rows.structure(row, Token) for row in rows_found]:
            candidate = _Candidate(await self._tree.path(token.tenant), token)
            found[token.id_tag.folded] = (*found.get(token.id_tag.folded, ()), candidate)
        return found


def _distance(here: str, candidate: _Candidate) -> tuple[bool, int, UUID]:
    """Own tenant first, then those above, then those below; the older token among equals."""
    there = candidate.path
    return not here.startswith(there), abs(len(here) - len(there)), candidate.token.id


class Tariffs:
    def __init__(self, connect: Connect, tree: Tree, stations: Stations) -> None:
        self._connect = connect
        self._tree = tree
        self._stations = stations
        self._assignments = Remembered[TenantId, Assigned](self._load_assignments)
        self._versions = Remembered[TariffId, tuple[TariffVersion, ...]](self._load_versions)
        self._customers = Remembered[UUID, Customer](self._by_id(tables.customer, Customer))
        self._contracts = Remembered[UUID, Contract](self._by_id(tables.contract, Contract))

    async def version_for(
        self, station: StationId, token: Token | None, *, at: Instant
    ) -> TariffVersionId | None:
        known = await self._stations.get(station)
        if known is None:
            return None
        path = await self._tree.path(known.tenant)
        tenants = [TenantId(UUID(hex=part)) for part in reversed(path.strip("/").split("/"))]
        customer, contract = await self._whose(token)
        situation = Situation.of(known, token, tenants=tenants, customer=customer, contract=contract, at=at)
        loaded = {tenant: await self._assignments.get(tenant) for tenant in tenants}
        assigned = {tenant: of for tenant, of in loaded.items() if of is not None}
        chosen = choose(assigned, situation)
        versions = None if chosen is None else await self._versions.get(chosen.tariff)
        published = None if versions is None else version_at(versions, at)
        return None if published is None else published.id

    def forget(self) -> None:
        for memory in (self._assignments, self._versions, self._customers, self._contracts):
            memory.forget()

    async def user_groups(self, token: Token | None, at: Instant) -> tuple[UserGroupId, ...]:
        return user_groups_at(*await self._whose(token), at)

    async def _whose(self, token: Token | None) -> tuple[Customer | None, Contract | None]:
        if token is None:
            return None, None
        customer = None if token.customer is None else await self._customers.get(token.customer)
        contract = None if token.contract is None else await self._contracts.get(token.contract)
        return customer, contract

    async def _load_assignments(self, tenant: TenantId) -> Assigned:
        table = tables.tariff_assignment
        async with self._connect() as connection:
            found = (await connection.execute(sa.select(table).where(table.c.tenant == tenant))).mappings()
            return Assigned.of(rows.structure(row, TariffAssignment) for row in found)

    async def _load_versions(self, tariff: TariffId) -> tuple[TariffVersion, ...]:
        table = tables.tariff_version
        query = sa.select(table).where(table.c.tariff == tariff).order_by(table.c.number)
        async with self._connect() as connection:
            found = (await connection.execute(query)).mappings()
            return tuple(rows.structure(row, TariffVersion) for row in found)

    def _by_id(self, table: sa.Table, kind: type[Any]) -> Callable[[UUID], Any]:
        async def load(id: UUID) -> Any:
            return await _one(self._connect, table, table.c.id == id, kind)

        return load


async def _one(connect: Connect, table: sa.Table, where: sa.ColumnElement[bool], kind: type[Any]) -> Any:
    async with connect() as connection:
        row = (await connection.execute(sa.select(table).where(where))).mappings().one_or_none()
    return None if row is None else rows.structure(row, kind)
