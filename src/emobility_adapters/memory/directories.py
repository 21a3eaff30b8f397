"""What the hot path looks up: stations, tokens and tariffs, over the tenants of a line in the tree."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from emobility_adapters.memory.store import MemoryStore
from emobility_core.charging import ActiveSession, RunningSession
from emobility_core.customers import Contract, Customer, IdTag, Token, user_groups_at
from emobility_core.ids import StationId, TariffVersionId, TenantId, TokenId, UserGroupId
from emobility_core.instants import Instant
from emobility_core.network import KnownStation, Station, StationIdentity
from emobility_core.tariffs import Assigned, Situation, TariffVersion, choose, version_at
from emobility_core.tenancy import in_line


class MemoryStations:
    """Stations by the name under which they connect."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.tables

    async def find(self, identity: StationIdentity) -> KnownStation | None:
        for station in self._tables["stations"].values():
            path = self._tables.path_of(station.tenant)
            if station.identity == identity and path is not None:
                return KnownStation(station=station, path=path)
        return None


class MemoryTokens:
    """Tokens of a tenant's line: its own, then those of the tenants above, then of those below."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.tables

    async def find(self, id_tag: IdTag, *, at_tenant: TenantId) -> Token | None:
        here = self._tables.open_path_of(at_tenant)
        if here is None:
            return None
        candidates = []
        for token in self._tables["tokens"].values():
            there = self._tables.open_path_of(token.tenant)
            if token.id_tag == id_tag and there is not None and in_line(here, there):
                candidates.append((_distance(here, there), token.id, token))
        return min(candidates, default=(None, None, None))[2]


class MemoryListedTokens:
    """Tokens of a tenant's line, the nearest of each tag."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.tables

    async def of(self, tenant: TenantId, *, most: int) -> list[Token]:
        here = self._tables.open_path_of(tenant)
        if here is None:
            return []
        candidates = []
        for token in self._tables["tokens"].values():
            there = self._tables.open_path_of(token.tenant)
            if there is not None and in_line(here, there):
                candidates.append((_distance(here, there), token.id, token))
        found: dict[str, Token] = {}
        for _, _, token in sorted(candidates):
            found.setdefault(token.id_tag.folded, token)
        return list(found.values())[:most]


class MemoryRunningSessions:
    """The sessions that run for a token, whoever owns the station."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.tables

    async def of_token(self, token: TokenId) -> list[RunningSession]:
        sessions = self._tables["sessions"].values()
        running = [one for one in sessions if isinstance(one, ActiveSession) and one.token == token]
        return [
            RunningSession(
                session=one.id, station=one.station, connector=one.connector, started_at=one.started_at
            )
            for one in sorted(running, key=lambda one: one.id)
        ]


class MemoryTariffs:
    """The tariff that the assignments of the station's tenant, and of those above it, name."""

    def __init__(self, store: MemoryStore) -> None:
        self._tables = store.tables

    async def version_for(
        self, station: StationId, token: Token | None, *, at: Instant
    ) -> TariffVersionId | None:
        known: Station | None = self._tables["stations"].get(station)
        if known is None:
            return None
        customer, contract = self._whose(token)
        situation = Situation.of(
            known,
            token,
            tenants=_upwards(self._tables.path_of(known.tenant) or ""),
            customer=customer,
            contract=contract,
            at=at,
        )
        assigned = Assigned.by_tenant(self._tables["tariff assignments"].values())
        chosen = choose(assigned, situation)
        if chosen is None:
            return None
        all_versions = self._tables["tariff versions"].values()
        versions = sorted((one for one in all_versions if one.tariff == chosen.tariff), key=_number)
        published = version_at(versions, at)
        return None if published is None else published.id

    def user_groups(self, token: Token | None, at: Instant) -> tuple[UserGroupId, ...]:
        return user_groups_at(*self._whose(token), at)

    def _whose(self, token: Token | None) -> tuple[Customer | None, Contract | None]:
        if token is None:
            return None, None
        return self._tables["customers"].get(token.customer), self._tables["contracts"].get(token.contract)


def _number(version: TariffVersion) -> int:
    return version.number


def _upwards(path: str) -> Sequence[TenantId]:
    return [TenantId(UUID(hex=part)) for part in reversed(path.split("/")) if part]


def _distance(here: str, there: str) -> tuple[bool, int]:
    """How far away a tenant in the line is: upwards before downwards, near before far."""
    downwards = there.count("/") > here.count("/")
    return downwards, abs(there.count("/") - here.count("/"))
