"""What the use cases of charging share: their dependencies, and the look at a presented tag."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs

from emobility_core.charging._authorization import Authorization, Presented
from emobility_core.charging._ports import (
    ChargingWork,
    GrantedTokens,
    NoGrantedTokens,
    RunningSessions,
    TariffDirectory,
    TokenDirectory,
)
from emobility_core.charging._resolution import CardNotAdmitted
from emobility_core.customers import IdTag
from emobility_core.ids import Ids, StationId
from emobility_core.instants import Instant
from emobility_core.work import Scope, Transactions


@attrs.frozen(kw_only=True)
class ChargingTools:
    """What the use cases of charging work with, bound once."""

    transactions: Transactions[ChargingWork]
    tokens: TokenDirectory
    tariffs: TariffDirectory
    running: RunningSessions
    ids: Ids
    granted: GrantedTokens = attrs.field(factory=NoGrantedTokens)


@attrs.frozen
class StillAdmitted:
    """`GrantedTokens` for whoever may not know the `masked` cards: one of them that no grant admits raises
    `CardNotAdmitted`, since it would be recorded as nobody's, and shown."""

    granted: GrantedTokens
    masked: frozenset[IdTag]

    async def find(self, id_tag: IdTag, *, station: StationId, at: Instant) -> Presented:
        found = await self.granted.find(id_tag, station=station, at=at)
        if found.token is None and any(id_tag == _read(one)[-1] for one in self.masked):
            raise CardNotAdmitted(station)
        return found


def joining(work: ChargingWork) -> Transactions[Any]:
    """Transactions that all join a unit of work that is open: what they do stands and falls with it."""

    @asynccontextmanager
    async def join(scope: Scope) -> AsyncIterator[ChargingWork]:
        yield work

    return join


async def present_tag(
    id_tag: IdTag, *, station: StationId, scope: Scope, tools: ChargingTools, at: Instant
) -> Authorization:
    """Decide whether a presented tag may charge at a station of the scope's tenant."""
    return (await find_presented(id_tag, station, scope, tools, at=at)).authorized(at=at)


async def find_presented(
    id_tag: IdTag, station: StationId, scope: Scope, tools: ChargingTools, *, at: Instant
) -> Presented:
    """Return the token of a tag, of another company where a grant admits it; some readers append a suffix,
    so the part before it counts too."""
    for tag in _read(id_tag):
        if (token := await tools.tokens.find(tag, at_tenant=scope.tenant)) is not None:
            return Presented(token=token)
    return await find_admitted(id_tag, station, tools, at=at)


async def find_admitted(id_tag: IdTag, station: StationId, tools: ChargingTools, *, at: Instant) -> Presented:
    """As `find_presented`, among the cards of other companies alone."""
    for tag in _read(id_tag):
        if (admitted := await tools.granted.find(tag, station=station, at=at)).token is not None:
            return admitted
    return Presented()


def _read(id_tag: IdTag) -> list[IdTag]:
    shorter = id_tag.without_suffix
    return [id_tag] if shorter is None else [id_tag, shorter]
