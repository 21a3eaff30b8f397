"""The line to stations, with a careful hand for orders that change how it is secured."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from functools import partial

import attrs

from emobility_adapters.ocpp.turns import Turns
from emobility_core.commands import (
    Command,
    CommandStatus,
    KeyInDoubt,
    RotateAuthorizationKey,
    StationAnswer,
    StationLine,
    begun,
    change_security,
    keyed,
    profile_asked,
    profiled,
)
from emobility_core.errors import Unavailable
from emobility_core.ids import Ids, TenantId
from emobility_core.instants import Clocks
from emobility_core.network import Contended, SecurityProfile, SecurityWork, Station, retried
from emobility_core.work import Scope, Transactions

_log = logging.getLogger("emobility.ocpp")

# Security whitepaper, A00.FR.205 and A01.FR.07: 16 to 20 random bytes, sent as hexadecimal text.
_KEY_BYTES = 20


@attrs.define(kw_only=True, eq=False)
class SecuringLine:
    """Implements the core's `StationLine` around another one.

    A key is drawn as it is sent and kept as a digest alone. What the station may do next counts before it
    is asked: it may come back with the new key, or on a higher profile, before its answer does. `changed`
    hears at once that what is remembered of stations is old.
    """

    line: StationLine
    transactions: Transactions[SecurityWork]
    path_of: Callable[[TenantId], Awaitable[str]]
    digest: Callable[[bytes], str]
    clocks: Clocks
    ids: Ids
    changed: Callable[[], None] = lambda: None
    draw: Callable[[int], bytes] = secrets.token_bytes
    _turns: Turns = attrs.field(factory=Turns, init=False)

    async def send(self, command: Command) -> StationAnswer:
        profile = profile_asked(command.order)
        if isinstance(command.order, RotateAuthorizationKey):
            async with self._turns.of(command.station):
                return await self._rotate(command, command.order)
        if profile is not None:
            async with self._turns.of(command.station):
                return await self._raise(command, profile)
        return await self.line.send(command)

    async def _rotate(self, command: Command, order: RotateAuthorizationKey) -> StationAnswer:
        key = self.draw(_KEY_BYTES)
        digest = self.digest(key)
        try:
            await self._change(command, partial(begun, key_digest=digest))
        except (KeyInDoubt, Contended) as refusal:
            return StationAnswer(CommandStatus.BUSY, refusal.code)
        drawn = attrs.evolve(order, drawn=key.hex().upper())
        answer = await self.line.send(attrs.evolve(command, order=drawn))
        await self._settle(command, lambda station: keyed(station, digest, answer), why="KeyRotated")
        return answer

    async def _raise(self, command: Command, profile: SecurityProfile) -> StationAnswer:
        try:
            await self._change(command, partial(begun, profile=profile))
        except Contended as refusal:
            return StationAnswer(CommandStatus.BUSY, refusal.code)
        answer = await self.line.send(command)
        await self._settle(command, lambda station: profiled(station, profile, answer))
        return answer

    async def _settle(
        self, command: Command, change: Callable[[Station], Station], why: str | None = None
    ) -> None:
        """Note what the answer says. Where that cannot be, the station's next line says the same: it comes
        with the key and on the profile that count."""
        try:
            await self._change(command, change, why)
        except (Contended, Unavailable) as refusal:
            _log.warning("the next line of the station will say how it is secured: %s", refusal)

    async def _change(
        self, command: Command, change: Callable[[Station], Station], why: str | None = None
    ) -> None:
        scope = Scope.system(command.tenant, await self.path_of(command.tenant), "send-commands")
        try:
            await retried(
                lambda: change_security(
                    command.station,
                    change,
                    scope=scope,
                    transactions=self.transactions,
                    clock=self.clocks.of(scope.path),
                    ids=self.ids,
                    why=why,
                ),
                station=command.station,
            )
        finally:
            # A database that goes away as it commits may have kept the change all the same.
            self.changed()
