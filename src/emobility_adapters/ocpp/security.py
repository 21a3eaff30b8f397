"""What lines change and tell of their stations' security, and what is remembered of refused ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

import attrs

from emobility_core.certificates import StationTrust
from emobility_core.errors import Unavailable
from emobility_core.ids import Ids, StationId, TenantId
from emobility_core.instants import Clocks, Instant
from emobility_core.network import KnownStation, SecurityWork, confirm_line, note_refusal, retried
from emobility_core.work import Scope, Transactions

_log = logging.getLogger("emobility.ocpp")

# Who hammers at the door is recorded as often, not at each stroke.
_EVERY = timedelta(minutes=1)


@attrs.define(kw_only=True, eq=False)
class LineSecurity:
    """Binds the lines to the use cases of security.

    `home` is the scope of who hears of handshakes that failed before they said which station it was;
    `behind_proxy` says that a proxy in front ends TLS; `changed` hears at once that what is remembered of
    stations is old.
    """

    transactions: Transactions[SecurityWork]
    trust: StationTrust
    clocks: Clocks
    ids: Ids
    home: Scope | None = None
    behind_proxy: bool = False
    changed: Callable[[], None] = lambda: None
    _noted: dict[tuple[StationId | None, str], Instant] = attrs.field(factory=dict, init=False)
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)

    async def confirm(self, known: KnownStation, scope: Scope) -> KnownStation:
        """Settle what a new line decides, and return the station as it is then; raise `Unavailable`."""
        clock = self.clocks.of(scope.path)
        confirmed = await retried(
            lambda: confirm_line(
                known, scope=scope, transactions=self.transactions, clock=clock, ids=self.ids
            ),
            station=known.station.id,
        )
        if confirmed is not known:
            self.changed()
        return confirmed

    async def refused(self, known: KnownStation, kind: str, info: str) -> None:
        """Record that a line of a station was refused."""
        station = known.station
        scope = Scope.system(station.tenant, known.path, "gate")
        await self._note(kind, info, station.id, scope)

    def handshake_failed(self, words: str) -> None:
        """Record that a TLS handshake came to nothing: nobody knows yet whose it was."""
        if self.home is not None and _is_about_a_certificate(words):
            task = asyncio.create_task(self._note("InvalidChargePointCertificate", words, None, self.home))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            _log.info("a TLS handshake failed: %s", words)

    async def _note(self, kind: str, info: str, station: StationId | None, scope: Scope) -> None:
        clock = self.clocks.of(scope.path)
        now = clock.now()
        last = self._noted.get((station, kind))
        if last is not None and now - last < _EVERY:
            return
        self._noted[station, kind] = now
        try:
            await note_refusal(
                kind,
                info,
                station=station,
                tenant=TenantId(scope.tenant),
                scope=scope,
                transactions=self.transactions,
                clock=clock,
                ids=self.ids,
            )
        except Unavailable as error:
            _log.warning("%s could not be recorded: %s", kind, error)


def _is_about_a_certificate(words: str) -> bool:
    return "certificate" in words.replace("_", " ").lower() or "issuer" in words
