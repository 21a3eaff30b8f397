"""What the use cases of charging share: their dependencies, and the look at a presented tag."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs

from emobility_core.charging._authorization import Authorization, authorize
from emobility_core.charging._ports import (
    ChargingWork,
    RunningSessions,
    TariffDirectory,
    TokenDirectory,
)
from emobility_core.customers import IdTag, Token
from emobility_core.ids import Ids
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


def joining(work: ChargingWork) -> Transactions[Any]:
    """Transactions that all join a unit of work that is open: what they do stands and falls with it."""

    @asynccontextmanager
    async def join(scope: Scope) -> AsyncIterator[ChargingWork]:
        yield work

    return join


async def present_tag(id_tag: IdTag, *, scope: Scope, tools: ChargingTools, at: Instant) -> Authorization:
    """Decide whether a presented tag may charge at the scope's station."""
    return authorize(await token_of(id_tag, scope, tools), at=at)


async def token_of(id_tag: IdTag, scope: Scope, tools: ChargingTools) -> Token | None:
    """Return the token of a tag; some readers append a suffix, so the part before it counts too."""
    token = await tools.tokens.find(id_tag, at_tenant=scope.tenant)
    if token is None and (shorter := id_tag.without_suffix) is not None:
        token = await tools.tokens.find(shorter, at_tenant=scope.tenant)
    return token
