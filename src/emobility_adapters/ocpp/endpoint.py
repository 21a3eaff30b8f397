"""The OCPP endpoint: `ws://HOST:PORT/ocpp/{identity}`, one task a station."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import attrs
from websockets.asyncio.server import Server, ServerConnection, serve

from emobility_adapters.ocpp.frames import LONGEST_KEPT, Garbled, result_text
from emobility_adapters.ocpp.handshake import (
    SUBPROTOCOL,
    Gate,
    choose_subprotocol,
    known_station,
    stranger_on,
)
from emobility_adapters.ocpp.line import ANSWER_WITHIN_S, Line
from emobility_adapters.ocpp.lines import Lines
from emobility_adapters.ocpp.quarantine import Quarantine
from emobility_adapters.ocpp.settling import SETTLE_S, settling
from emobility_adapters.ocpp.v16.handlers import (
    TRANSACTION_RELATED,
    Caller,
    Services,
    answer,
    keep_aside,
)
from emobility_core.errors import Unavailable
from emobility_core.ids import StationId, parse_id
from emobility_core.network import (
    FrameLog,
    KnownStation,
    StationDirectory,
    record_connection,
)
from emobility_core.work import Event, Scope

_log = logging.getLogger("emobility.ocpp")

# Mobile networks forget idle connections after about 90 s; a station may take its time to answer,
# and a stuck one is found by its silence, not at the first missed pong.
_PING_EVERY_S = 75.0
_PONG_WITHIN_S = 150.0


@attrs.frozen(kw_only=True)
class OcppEndpoint:
    """Binds the protocol to the use cases. `digest` is the keyed digest of station keys; unknown stations are
    let into the `quarantine`, or refused without one.

    A request of ours is given up after `answer_within_s`; a station that came back without a boot is
    asked for its status after `settle_s` to twice as many seconds; that one left while the
    database was away is tried to be recorded every `again_after_s`.
    """

    directory: StationDirectory
    frames: FrameLog
    services: Services
    lines: Lines
    digest: Callable[[bytes], str]
    answer_within_s: float = ANSWER_WITHIN_S
    settle_s: float = SETTLE_S
    again_after_s: float = 5.0
    quarantine: Quarantine | None = None

    @asynccontextmanager
    async def listening(
        self, bound: socket.socket, *, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[Server]:
        """Accept stations while the block runs; on leaving, lines close with 1001 (going away)."""
        async with serve(
            self._serve,
            sock=bound,
            ssl=tls,
            process_request=Gate(self.directory, self.digest, self.quarantine),
            subprotocols=[SUBPROTOCOL],
            select_subprotocol=choose_subprotocol,
            compression=None,
            max_size=LONGEST_KEPT,
            max_queue=4,
            ping_interval=_PING_EVERY_S,
            ping_timeout=_PONG_WITHIN_S,
            backlog=4096,
            server_header=None,
        ) as server:
            try:
                yield server
            finally:
                self.lines.end()

    async def _serve(self, connection: ServerConnection) -> None:
        if connection.subprotocol is None:
            # OCPP-J 1.6, 3.1.1: without an agreed subprotocol the handshake ends and the line closes.
            await connection.close(1002, f"the subprotocol must be {SUBPROTOCOL}")
            return
        stranger = stranger_on(connection)
        if stranger is not None and self.quarantine is not None:
            await self.quarantine.serve(connection, stranger)
            return
        known = known_station(connection)
        station = known.station
        scope = Scope(station.tenant, known.path, f"station:{station.identity.text}")
        turn = self.lines.turn(station.id)
        caller = Caller(known, scope, seen_at=self.services.clock.now(), turn=turn)
        line = self._line(connection, caller)
        self.lines.open(known, line)
        try:
            async with turn:
                caller.boots = await self._connected(caller, online=True)
            with settling(line, caller, self.settle_s):
                await line.serve()
        except Unavailable:
            await connection.close(1013, "please try again later")
        finally:
            if self.lines.close(station.id, line):
                await self._gone(caller)

    def _line(self, connection: ServerConnection, caller: Caller) -> Line:
        services = self.services

        async def handle_garbled(frame: Garbled, text: str) -> str | None:
            if frame.id is None or frame.action not in TRANSACTION_RELATED:
                return None
            content = {"action": frame.action, "frame": text, "problem": frame.reason}
            return result_text(frame.id, await keep_aside(frame.action, content, caller, services))

        return Line(
            connection,
            handle=partial(answer, caller=caller, services=services),
            handle_garbled=handle_garbled,
            frames=self.frames.of(caller.known.station),
            clock=services.clock,
            answer_within_s=self.answer_within_s,
        )

    async def _connected(self, caller: Caller, *, online: bool) -> int:
        state = await record_connection(
            caller.station,
            online=online,
            scope=caller.scope,
            transactions=self.services.transactions,
            clock=self.services.clock,
            ids=self.services.tools.ids,
        )
        return state.boots

    async def _gone(self, caller: Caller) -> None:
        """Record that a station has left, however long the database is away, unless it comes back."""
        said = False
        while True:
            async with caller.turn:
                if caller.station in self.lines:
                    return
                try:
                    await self._connected(caller, online=False)
                except Unavailable as error:
                    if not said:
                        name = caller.known.station.identity.text
                        _log.warning("%s has left, which has to wait: %s", name, error)
                    said = True
                else:
                    return
            if await self.lines.end_within(self.again_after_s):
                return  # the next server records whom it finds online

    def heed(self, event: Event) -> None:
        """Close the line of a station whose key or tenant has changed: it proves itself anew."""
        if self.quarantine is not None:
            self.quarantine.heed(event)
        kind, _, what = event.type.partition(".")
        if kind == "station" and what == "changed":
            self.lines.recheck(StationId(parse_id("sta", event.subject)), self._is_current)

    async def _is_current(self, known: KnownStation) -> bool:
        now = await self.directory.find(known.station.identity)
        return now is not None and (now.station.tenant, now.station.key_digest, now.path) == (
            known.station.tenant,
            known.station.key_digest,
            known.path,
        )
