"""What every part of the server stands on: the database and the ways into it, time, ids, secrets."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from uuid import UUID

import attrs

from emobility_adapters.passwords import ArgonPasswords
from emobility_adapters.sql.engine import Database
from emobility_adapters.sql.feed import SqlFeed
from emobility_adapters.sql.hot import HotPath
from emobility_adapters.sql.keys import server_key
from emobility_adapters.sql.work import SqlTransactions
from emobility_adapters.system import SystemClock, SystemIds
from emobility_adapters.webhooks import SealedSecrets
from emobility_app.auditing import auditor
from emobility_app.auth import SigningKeys
from emobility_app.auth.keys import NAME
from emobility_app.clocks import Times, load_clocks
from emobility_app.digests import keyed_digest
from emobility_app.settings import Settings
from emobility_core.audit import Auditor
from emobility_core.clocks import TenantClocks
from emobility_core.identity import IdentityTools, SecretLocked
from emobility_core.ids import TenantId
from emobility_core.work import Event, Scope

# The whole tree, whoever its root is.
EVERYTHING = Scope.system(TenantId(UUID(int=0)), "/", "server")


@attrs.frozen(kw_only=True)
class Ground:
    """`transactions` are units for whatever is not hot; `secret` is the server's own key, and `digest` the
    keyed digest of secrets under it. `clock` is real time, `times` tell who lives by another one."""

    settings: Settings
    clock: SystemClock
    times: Times
    ids: SystemIds
    database: Database
    feed: SqlFeed
    hot: HotPath
    transactions: SqlTransactions
    auditor: Auditor
    secret: str = attrs.field(repr=False)
    digest: Callable[[bytes], str]
    keys: SigningKeys
    identity: IdentityTools

    @property
    def clocks(self) -> TenantClocks:
        return self.times.clocks


async def grounded(
    settings: Settings,
    database: Database,
    feed: SqlFeed,
    hot: HotPath,
    clock: SystemClock,
    clocks: TenantClocks,
    ids: SystemIds,
) -> Ground:
    """Read the server's key, the tree of tenants and their clocks, of which all the others need to know."""
    secret = await server_key(database, "hmac")
    await hot.directories.tree.load()

    async def load() -> str:
        return await server_key(database, NAME)

    keys = SigningKeys(load, clock)

    def heed(event: Event) -> None:
        clocks.heed(event)
        hot.heed(event)
        hot.principals.heed(event)
        keys.heed(event)
        hot.access.heed(event)
        hot.granted.heed(event)

    written_by = auditor(clock, ids, clocks)
    transactions = SqlTransactions(database, feed.wake, heed, written_by)
    digest = keyed_digest(secret)
    second_factors = hmac.digest(bytes.fromhex(secret), b"second factors", "sha256")
    await load_clocks(clocks, transactions.reading, EVERYTHING)
    return Ground(
        settings=settings,
        clock=clock,
        times=Times(clocks, hot.directories.tree.path),
        ids=ids,
        database=database,
        feed=feed,
        hot=hot,
        transactions=transactions,
        auditor=written_by,
        secret=secret,
        digest=digest,
        keys=keys,
        identity=IdentityTools(
            transactions=transactions,
            reading=transactions.reading,
            everything=EVERYTHING,
            passwords=ArgonPasswords(),
            sealing=SealedSecrets(second_factors, SecretLocked),
            digest=digest,
            clock=clock,
            ids=ids,
        ),
    )
