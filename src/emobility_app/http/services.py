"""What the HTTP side works with, bound once in the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import attrs

from emobility_app.auth import Access, AccessTokens, ExternalTokens, Trusts
from emobility_app.denials import Denials
from emobility_app.limits import RateLimits
from emobility_app.transfers import Transfers
from emobility_app.visitors import Visitors
from emobility_core.access import AccessDirectory
from emobility_core.audit import Auditor
from emobility_core.certificates import Certifier
from emobility_core.charging import ChargingTools, Replay
from emobility_core.commands import FileStore
from emobility_core.identity import Principals
from emobility_core.ids import Ids, TenantId
from emobility_core.instants import Clock, Clocks, OneClock
from emobility_core.reach import Reach
from emobility_core.simulations import Simulation
from emobility_core.webhooks import PastEvents, WebhookReach, WebhookSecrets
from emobility_core.work import Feed, Scope, Transactions


class OpenFeed(Feed, Protocol):
    """A feed that is `closed` once the server stops: waits then return at once, and streams end."""

    @property
    def closed(self) -> bool: ...

    async def newest(self) -> int:
        """The position of the newest entry of the log, which `last` of this server may be behind of."""
        ...


async def _nobody(path: str) -> tuple[str, ...]:
    """Nobody below a tenant lives by another clock."""
    return ()


@attrs.frozen(kw_only=True)
class Services:
    """`reading` opens units that only read; `replay` hands in mended reports of stations; `path_of` tells
    a tenant's place in the tree, `is_closed` whether it acts no more.

    `rights` is what requests are decided by, `limits` counts the requests of clients.
    `digest` is the keyed digest of secrets, `certifier` signs for authorities; `public_url` is the base of
    links and the issuer of tokens; `beat_s` how long a stream may be silent before it says that it is
    still there. `webhook_reach` is where webhooks may go, `issuer_reach` where
    trusted issuers may be; `trusts` are those of all tenants, and `external` reads their tokens. `visitors`
    counts those who have not proved who they are. `auditor` writes entries of the audit log, and `denials`
    those of what was denied. `transfers` are the imports and exports under way. `clock` is real time, by
    which tokens, keys of requests and webhooks live; `clocks` tell by which one a tenant does, `apart` who
    below a place lives by another one, `is_test_time` whether that is so at a place. `set_out` says that a
    test clock is to be advanced, `simulate` does what is to be simulated.
    """

    transactions: Transactions[Any]
    reading: Callable[[Scope], AbstractAsyncContextManager[Any]]
    feed: OpenFeed
    exports: Callable[[str], Any]
    tools: ChargingTools
    replaying: Callable[[ChargingTools], Replay]
    clock: Clock
    ids: Ids
    digest: Callable[[bytes], str]
    certifier: Certifier
    path_of: Callable[[TenantId], Awaitable[str]]
    is_closed: Callable[[TenantId], Awaitable[bool]]
    tokens: AccessTokens
    principals: Principals
    rights: AccessDirectory
    limits: RateLimits
    public_url: str
    files: FileStore
    past_events: PastEvents
    webhook_reach: WebhookReach
    issuer_reach: Reach
    trusts: Trusts
    external: ExternalTokens
    webhook_secrets: WebhookSecrets
    visitors: Visitors
    auditor: Auditor
    denials: Denials
    transfers: Transfers
    beat_s: float = 15.0
    clocks: Clocks = attrs.field(
        default=attrs.Factory(lambda services: OneClock(services.clock), takes_self=True)
    )
    apart: Callable[[str], Awaitable[tuple[str, ...]]] = _nobody
    set_out: Callable[[], None] = lambda: None
    is_test_time: Callable[[str], bool] = lambda _: False
    simulate: Callable[[Simulation], None] = lambda _: None

    @property
    def access(self) -> Access:
        """Who calls, by an access token."""
        return Access(self.tokens, self.principals, self.external, self.path_of)
