"""Keys of issuers, remembered: asked for seldom, by nobody twice at once, and served on for a while when the
issuer is silent."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import attrs

from emobility_adapters.checked_http import CheckedHttp, NotReached, Resolve, open_http
from emobility_adapters.oidc.discovery import Keys, discovered_keys
from emobility_core.identity import IssuerUnreachable
from emobility_core.instants import Clock, Instant
from emobility_core.reach import Reach

FRESH = timedelta(minutes=15)
# How long keys count whose issuer gives no answer: one that was withdrawn must not count for ever.
SERVED_ON = timedelta(hours=24)
# However many tokens name keys that nobody knows, and however often nobody answers.
BETWEEN = timedelta(minutes=1)
WITHIN_S = 5.0
_MOST_ISSUERS = 1_000


@attrs.define
class _Known:
    """What is known of an issuer: its keys since `heard_at`, and when and how it was last asked."""

    keys: Keys = ()
    heard_at: Instant | None = None
    asked_at: Instant | None = None
    failure: str = "it was not asked yet"
    asking: asyncio.Task[None] | None = None


class DiscoveredKeys:
    """Implements the core's `IssuerKeys`; `clock` is the real one."""

    def __init__(self, http: CheckedHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._issuers: OrderedDict[str, _Known] = OrderedDict()

    async def find(self, issuer: str, kid: str | None) -> Sequence[Mapping[str, object]]:
        known = self._known(issuer)
        if not self._counts(known):
            await self._asked(issuer, known)
            if not self._counts(known):
                raise IssuerUnreachable(issuer, known.failure)
        elif self._age(known) >= FRESH:
            # Nobody waits: what is known counts meanwhile.
            self._ask(issuer, known)
        found = _named(known.keys, kid)
        if not found:
            # A key that was made since.
            await self._asked(issuer, known)
            found = _named(known.keys, kid)
        return found

    async def close(self) -> None:
        """Give up what is under way."""
        under_way = [known.asking for known in self._issuers.values() if known.asking is not None]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _known(self, issuer: str) -> _Known:
        known = self._issuers.setdefault(issuer, _Known())
        self._issuers.move_to_end(issuer)
        if len(self._issuers) > _MOST_ISSUERS:
            _, forgotten = self._issuers.popitem(last=False)
            if forgotten.asking is not None:
                forgotten.asking.cancel()
        return known

    def _counts(self, known: _Known) -> bool:
        return known.heard_at is not None and self._age(known) < SERVED_ON

    def _age(self, known: _Known) -> timedelta:
        assert known.heard_at is not None
        return self._clock.now() - known.heard_at

    async def _asked(self, issuer: str, known: _Known) -> None:
        """Wait for an answer where one is under way or may be asked for."""
        self._ask(issuer, known)
        if known.asking is not None:
            # Whoever waits may leave; the others still want the answer.
            await asyncio.wait([known.asking])

    def _ask(self, issuer: str, known: _Known) -> None:
        now = self._clock.now()
        if known.asking is None and (known.asked_at is None or now - known.asked_at >= BETWEEN):
            known.asked_at = now
            known.asking = asyncio.create_task(self._answer(issuer, known), name=f"keys of {issuer}")

    async def _answer(self, issuer: str, known: _Known) -> None:
        try:
            known.keys = await discovered_keys(self._http, issuer)
            known.heard_at = self._clock.now()
        except NotReached as error:
            known.failure = error.reason
        finally:
            known.asking = None


def _named(keys: Keys, kid: str | None) -> Keys:
    return keys if kid is None else tuple(key for key in keys if key.get("kid") == kid)


@asynccontextmanager
async def open_issuer_keys(
    reach: Reach,
    clock: Clock,
    *,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
    within_s: float = WITHIN_S,
) -> AsyncIterator[DiscoveredKeys]:
    """Keys of issuers within reach, while the block runs; `tls` says whom it trusts."""
    async with open_http(reach, resolve=resolve, tls=tls, within_s=within_s) as http:
        keys = DiscoveredKeys(http, clock)
        try:
            yield keys
        finally:
            await keys.close()
